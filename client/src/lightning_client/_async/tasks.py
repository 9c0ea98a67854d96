"""Queued tasks: an agent takes them one by one, and acknowledges what it has done."""

from collections.abc import AsyncIterator
from typing import Any

from lightning_client._async.session import AsyncSession
from lightning_client.core.calls import tasks
from lightning_client.core.calls.tasks import TaskInfo, TaskOutcome
from lightning_client.core.tasking import COMPLETED, FAILED, next_task


class AsyncTask:
    """A task that was taken.

    Attributes:
        id, name, description, input, priority: as it was submitted.
        result: any JSON; sent when the task is acknowledged.
    """

    def __init__(self, session: AsyncSession, info: TaskInfo) -> None:
        self._session = session
        self.info = info
        self.id = info.id
        self.name = info.name
        self.description = info.description or ""
        self.input = info.input or {}
        self.priority = info.priority
        self.result: Any = None
        self.is_acknowledged = False

    async def complete(self, result: Any = None) -> None:
        """Acknowledge it now, with a result."""
        if result is not None:
            self.result = result
        await self._acknowledge(COMPLETED, self.result)

    async def fail(self, reason: str) -> None:
        """It cannot be done, and nobody need try again."""
        await self._acknowledge(FAILED, {"error": reason})

    async def _acknowledge(self, status: str, result: Any) -> None:
        await self._session._carry_out(tasks.set_status(self.id, status, result))
        self.is_acknowledged = True


class AsyncTaskCalls(AsyncSession):
    """Tasks of the Lightning wire (contract §12)."""

    async def tasks(
        self, agent_id: str, *, wait: bool = True, poll_seconds: float = 1.0
    ) -> AsyncIterator[AsyncTask]:
        """The agent's queued tasks, the highest priority first, then the oldest.

        A task is under way (``InProgress``) when it is handed out, and is acknowledged
        (``Completed``, with its `result`) when the loop asks for the next one. Whoever leaves the
        loop in the middle, by an exception or a crash, leaves the task open: it comes again.

        Args:
            wait: for more when there is none; False ends then.

        Raises:
            NotFound: when the agent is not known.
        """
        while True:
            flow = next_task(self._exchange, agent_id, poll_seconds, wait=wait)
            info = await self._run(flow)
            if info is None:
                return
            task = AsyncTask(self, info)
            yield task
            if not task.is_acknowledged:
                await task.complete()

    async def submit_task(
        self,
        agent_id: str,
        name: str,
        input: dict[str, Any] | None = None,
        *,
        description: str = "",
        priority: int = 0,
        verification_required: bool = False,
        task_id: str | None = None,
    ) -> TaskOutcome:
        """Queue a task for an agent; names of contract §12 are executed by the server at once.

        Args:
            task_id: the same id again is the same task, and does nothing.
        """
        call = tasks.submit(
            agent_id,
            name,
            input or {},
            description=description,
            priority=priority,
            verification_required=verification_required,
            task_id=task_id,
        )
        return await self._carry_out(call)

    async def register_agent(
        self, agent_id: str, agent_type: str, capabilities: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Tell the server that the agent takes tasks; creates its state (Initializing)."""
        return await self._carry_out(tasks.register(agent_id, agent_type, capabilities or {}))
