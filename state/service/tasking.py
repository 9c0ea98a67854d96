"""Tasks of the Lightning wire: queued, executed, answered again; resources; agents by the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from state.domain.commands import Command, Submission
from state.domain.errors import BatchRejected, LightningError, NotFound, TooLarge
from state.domain.jsontext import decode, encode
from state.domain.kinds import Kind
from state.domain.queries import ListQuery
from state.models import Task
from state.runtime.threads import in_thread
from state.service import edge, reading, writing
from state.service.guard import ask_database
from state.store.fetch import fetch_states
from state.tasks import listing, queue, resources
from state.tasks.listing import BriefTask
from state.tasks.task import Submitted, TaskAnswer

AGENTS_MAX = 10_000
_PAGE = 500


async def submit_queued(task: Submitted) -> TaskAnswer:
    """Queues a task; one that is known already is answered as at first."""
    receipt = await edge.submit(Submission([], records=[queue.queued(task)]))
    if receipt.refusal is not None:
        raise receipt.refusal
    if receipt.replayed:
        return await ask_database(first_answer, task.id)
    return TaskAnswer(task.id, "Submitted")


async def submit_write(
    task: Submitted, kind: Kind, commands: Sequence[Command], *, many: bool = False
) -> TaskAnswer:
    """Executes a task that writes: its row and the states land together, or neither does.

    ``many``: its result is a map by id. A known task is answered as at first and writes nothing.
    Raises the refusal of the command.
    """
    execution = queue.Execution(
        task,
        lambda outcomes: {
            "kind": kind.value,
            "versions": queue.versions_written(outcomes),
            "many": many,
        },
    )
    submission = Submission(commands, atomic=len(commands) > 1, records=[execution.record])
    receipt = await edge.submit(submission)
    if receipt.refusal is not None:
        raise receipt.refusal
    if receipt.replayed:
        return await ask_database(first_answer, task.id)
    refusals = [one for one in receipt.outcomes if isinstance(one, LightningError)]
    if refusals:
        raise next((one for one in refusals if not isinstance(one, BatchRejected)), refusals[0])
    bodies: dict[str, bytes] = {}
    for outcome in receipt.outcomes:
        assert not isinstance(outcome, LightningError)
        body = writing.known_body(outcome)
        if body is None:
            body = await in_thread(writing.written_body, outcome)
        if body is not None:
            bodies[outcome.state_id] = body
    return TaskAnswer(task.id, "Completed", _result(bodies, many=many), execution.at)


async def submit_told(task: Submitted, result: dict[str, Any]) -> TaskAnswer:
    """Keeps what a task that writes no state was answered."""
    execution = queue.Execution(task, lambda outcomes: {"result": encode(result).decode()})
    receipt = await edge.submit(Submission([], records=[execution.record]))
    if receipt.refusal is not None:
        raise receipt.refusal
    return await ask_database(first_answer, task.id)


def known_answer(task_id: str) -> TaskAnswer | None:
    """What the task's first submission was answered, when there was one."""
    task = queue.find(task_id)
    return None if task is None else _answer_of(task)


def first_answer(task_id: str) -> TaskAnswer:
    """What the task's first submission was answered; raises NotFound."""
    answer = known_answer(task_id)
    if answer is None:
        raise NotFound()
    return answer


def _answer_of(task: Task) -> TaskAnswer:
    if task.executed is None:
        return TaskAnswer(task.id, "Submitted")
    told = decode(task.executed)
    if "result" in told:
        result = told["result"]
    else:
        kind = Kind(told["kind"])
        result = _result(_past_bodies(kind, told["versions"]), many=told["many"])
    return TaskAnswer(task.id, "Completed", result, told["at"])


def _past_bodies(kind: Kind, versions: Mapping[str, int]) -> dict[str, bytes]:
    """The states at the versions that a write made, as far as the history has them still."""
    current = fetch_states(kind, list(versions))
    bodies: dict[str, bytes] = {}
    for state_id, version in versions.items():
        found = current.get(state_id)
        if found is not None and found.version == version and found.body is not None:
            bodies[state_id] = found.body
            continue
        try:
            past = reading.read_version(kind, state_id, version).body
        except NotFound:
            continue
        if past is not None:
            bodies[state_id] = past
    return bodies


def _result(bodies: Mapping[str, bytes], *, many: bool) -> str | None:
    if many:
        return object_of(bodies)
    return next((body.decode() for body in bodies.values()), None)


def object_of(bodies: Mapping[str, bytes]) -> str:
    """A JSON object of states by id."""
    members = (f"{encode(one).decode()}:{body.decode()}" for one, body in bodies.items())
    return f"{{{','.join(members)}}}"


def pending(agent_id: str) -> list[dict[str, Any]]:
    """An agent's open tasks, highest priority first; raises NotFound for an unknown agent."""
    if reading.read(Kind.AGENT, agent_id).body is None:
        raise NotFound("There is no such agent.")
    return [queue.as_dict(task) for task in queue.pending(agent_id)]


def brief_tasks(agent_id: str) -> tuple[list[BriefTask], bool]:
    """An agent's tasks as a page shows them, and whether there are more open ones."""
    return listing.brief_tasks(agent_id)


def digest_of_tasks(agent_id: str) -> str:
    """Another text whenever one of those tasks has changed."""
    return listing.digest_of(agent_id)


def agent_of(task_id: str) -> str:
    """Whose task it is; raises NotFound."""
    task = queue.find(task_id)
    if task is None:
        raise NotFound("There is no such task.")
    return str(task.agent_id)


def set_status(task_id: str, status: str, told: Mapping[str, Any]) -> None:
    """Sets a task's status and what came with it; raises NotFound."""
    if not queue.set_status(task_id, status, **told):
        raise NotFound("There is no such task.")


def all_agents() -> list[bytes]:
    """Every agent's state; raises TooLarge past 10,000: lists of ``/api/v1`` have pages."""
    items: list[bytes] = []
    page: str | None = ""
    while page is not None:
        found = reading.list_states(
            ListQuery.parse(Kind.AGENT, {"limit": str(_PAGE), **({"page": page} if page else {})})
        )
        items += found.items
        page = found.next
        if len(items) > AGENTS_MAX:
            raise TooLarge(f"More than {AGENTS_MAX} agents: read /api/v1/agents by pages.")
    return items


def add_resources(added: Mapping[str, str], namespace: str) -> dict[str, Any]:
    """Adds resources; everything there is then."""
    resources.add(added, namespace)
    return resources.latest()


def latest_resources() -> dict[str, Any]:
    """Every resource, with its latest value."""
    return resources.latest()
