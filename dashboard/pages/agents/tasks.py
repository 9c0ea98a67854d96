"""An agent's tasks of the Lightning wire as the rows of a table."""

from typing import Any

from msgspec import Struct

from dashboard.parts.cells import NONE, Cell, shorten, time_cell
from state.domain.jsontext import decode
from state.service import tasking
from state.tasks.listing import BriefTask

_RESULT_LINE = 90

_TONES = {
    "Submitted": "pending",
    "Pending": "pending",
    "InProgress": "inprogress",
    "Completed": "completed",
    "Failed": "failed",
    "VerificationRequired": "verifying",
    "VerificationPassed": "verified",
    "VerificationFailed": "disputed",
}


class TaskRow(Struct, kw_only=True):
    """``result`` on one line; ``whole_result`` when one line does not hold it."""

    id: str
    name: str
    description: str
    status: Cell
    priority: str
    submitted: Cell
    completed: Cell
    result: str
    whole_result: str


class Tasks(Struct, kw_only=True):
    """``more`` says that there are more open ones than are shown."""

    rows: list[TaskRow]
    digest: str
    more: bool


def read_tasks(agent_id: str) -> Tasks:
    # The digest first: a change between the two reads then makes the page be read anew.
    digest = tasking.digest_of_tasks(agent_id)
    tasks, more = tasking.brief_tasks(agent_id)
    return Tasks(rows=[present_task(task) for task in tasks], digest=digest, more=more)


def present_task(task: BriefTask) -> TaskRow:
    result = task.result_shown
    if result is None:
        result = _executed(task.executed_shown)
    line = shorten(result, _RESULT_LINE)
    return TaskRow(
        id=task.id,
        name=task.name,
        description=shorten(task.description_shown, 160),
        status=Cell(text=task.status, tone=_TONES.get(task.status, "pending")),
        priority=str(task.priority),
        submitted=time_cell(task.submitted_at),
        completed=time_cell(task.completed_at),
        result=line or NONE,
        whole_result=result if line != result else "",
    )


def _executed(kept: str | None) -> str:
    """What a task that was executed at once was answered, or which versions it wrote."""
    if kept is None:
        return ""
    try:
        told: dict[str, Any] = decode(kept)
    except ValueError:  # it was cut
        return kept
    if "versions" in told:
        written = (f"{state_id} v{version}" for state_id, version in told["versions"].items())
        return f"wrote {told['kind']} {', '.join(written)}"
    return str(told.get("result", ""))
