"""The table of tasks: records of writes, an agent's open tasks, a task's status."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from state.domain.commands import Outcome, Written
from state.domain.jsontext import decode, encode
from state.domain.records import Record, RecordTable, Values
from state.domain.times import format_time
from state.models import Task
from state.models.tasks import OPEN
from state.tasks.task import Submitted

PENDING_MAX = 1000
"""Of one agent in one answer: the highest priorities, the oldest first."""

TASKS = RecordTable(
    "state_task",
    ("id",),
    {
        "agent_id": "text",
        "name": "text",
        "description": "text",
        "input": "text",
        "status": "text",
        "priority": "integer",
        "submitted_at": "text",
        "verification_required": "boolean",
        "result": "text",
        "completed_at": "text",
        "executed": "text",
    },
)

Told = Callable[[Sequence[Outcome]], dict[str, Any]]


class Execution:
    """A write task's row, committed with what it writes: ``told`` is kept of the outcomes.

    ``at`` is the time of the write, once it has happened.
    """

    def __init__(self, task: Submitted, told: Told) -> None:
        self.at = ""
        self._told = told
        self.record = Record(TASKS, (task.id,), values=_values(task), settle=self._settle)

    def _settle(self, outcomes: Sequence[Outcome], now: datetime) -> Values:
        self.at = format_time(now)
        executed = encode({"at": self.at, **self._told(outcomes)}).decode()
        return {"status": "Completed", "completed_at": self.at, "executed": executed}


def queued(task: Submitted) -> Record:
    """The row of a task that somebody else is to do."""
    return Record(TASKS, (task.id,), values=_values(task))


def _values(task: Submitted) -> dict[str, Any]:
    values: dict[str, Any] = {
        "agent_id": task.agent_id,
        "name": task.name,
        "description": task.description,
        "input": encode(task.input).decode(),
        "status": "Submitted",
        "priority": task.priority,
        "submitted_at": task.submitted_at,
        "verification_required": task.verification_required,
    }
    return values if task.result is None else {**values, "result": task.result}


def versions_written(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """The versions that a write has made, by id: the history has the states."""
    return {one.state_id: one.version for one in outcomes if isinstance(one, Written)}


def find(task_id: str) -> Task | None:
    """The task with this id."""
    return Task.objects.filter(pk=task_id).first()


def pending(agent_id: str) -> list[Task]:
    """An agent's open tasks: the highest priority first, then the oldest."""
    rows = Task.objects.filter(agent_id=agent_id, status__in=OPEN)
    return list(rows.order_by("-priority", "submitted_at", "created_at", "id")[:PENDING_MAX])


def set_status(task_id: str, status: str, **values: Any) -> bool:
    """Sets a task's status; whether there is such a task."""
    return bool(Task.objects.filter(pk=task_id).update(status=status, **values))


def as_dict(task: Task) -> dict[str, Any]:
    """A task in the wire's members."""
    return {
        "id": task.id,
        "agentId": task.agent_id,
        "name": task.name,
        "description": task.description,
        "input": decode(task.input),
        "status": task.status,
        "priority": task.priority,
        "submittedAt": task.submitted_at,
        "completedAt": task.completed_at,
        "resultData": task.result,
        "verificationRequired": task.verification_required,
    }


def remove_ended(before: datetime) -> None:
    """Forgets tasks that nobody has to do anything about any more."""
    Task.objects.filter(created_at__lt=before).exclude(status__in=OPEN).delete()
