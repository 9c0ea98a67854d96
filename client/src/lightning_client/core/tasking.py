"""Working off an agent's queued tasks."""

from collections.abc import Iterable

from lightning_client.core.calls import tasks
from lightning_client.core.calls.tasks import TaskInfo
from lightning_client.core.effects import Flow, Pause
from lightning_client.core.exchange import Exchange

IN_PROGRESS, COMPLETED, FAILED = "InProgress", "Completed", "Failed"
# Tasks that wait for somebody else's verdict are open too, but not this agent's to work on.
_TO_BE_DONE = {"Submitted", "Pending", IN_PROGRESS}


def next_task(
    exchange: Exchange, agent_id: str, poll_seconds: float, *, wait: bool
) -> Flow[TaskInfo | None]:
    """The next task to do, marked as under way; None when there is none and nobody waits."""
    while True:
        open_tasks: Iterable[TaskInfo] = yield from exchange.carry_out(tasks.pending(agent_id))
        for task in open_tasks:
            if task.status in _TO_BE_DONE:
                yield from exchange.carry_out(tasks.set_status(task.id, IN_PROGRESS))
                return task
        if not wait:
            return None
        yield Pause(poll_seconds)
