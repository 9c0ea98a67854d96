"""Plain Python: a decorator that reports an agent's calls, and a handler for `logging`.

lightning = Lightning(url, key)

@reports_state("agent-1", lightning)
def work(question: str) -> str: ...
"""

import asyncio
import functools
import inspect
import logging
import uuid
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from lightning_client import Lightning
from lightning_client.integrations.environment import from_environment
from lightning_client.integrations.log_lines import LineSender
from lightning_client.integrations.reporter import AgentReporter

P = ParamSpec("P")
T = TypeVar("T")


def reports_state(
    agent_id: str,
    lightning: Lightning | None = None,
    *,
    agent_type: str = "Python",
    **options: Any,
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """The agent is Processing while the function runs, then Ready; Failed when it raises.

    A call waits while an operator has the agent Paused. Works for coroutine functions too.

    Args:
        lightning: default: one of LIGHTNING_URL and LIGHTNING_API_KEY, made at the first call.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @functools.cache
        def reporter() -> AgentReporter:
            return AgentReporter(lightning or from_environment(), agent_id, agent_type, **options)

        name = getattr(function, "__qualname__", "call")
        if inspect.iscoroutinefunction(function):
            return _reporting_coroutine(function, reporter, name)

        @functools.wraps(function)
        def call(*arguments: P.args, **named: P.kwargs) -> T:
            task_id = uuid.uuid4().hex
            reporter().begin(task_id, step=name)
            try:
                result = function(*arguments, **named)
            except BaseException as error:
                reporter().fail(task_id, f"{type(error).__name__}: {error}")
                raise
            reporter().finish(task_id, calls=1)
            return result

        return call

    return decorate


def _reporting_coroutine(
    function: Callable[..., Any], reporter: Callable[[], AgentReporter], name: str
) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(*arguments: Any, **named: Any) -> Any:
        task_id = uuid.uuid4().hex
        await asyncio.to_thread(reporter().begin, task_id, step=name)
        try:
            result = await function(*arguments, **named)
        except BaseException as error:
            reason = f"{type(error).__name__}: {error}"
            await asyncio.shield(asyncio.to_thread(reporter().fail, task_id, reason))
            raise
        await asyncio.to_thread(reporter().finish, task_id, calls=1)
        return result

    return call


class LightningHandler(logging.Handler):
    """Shows the last log line as the agent's property ``lastLog``; errors count in its metrics.

    It writes in a thread of its own, and skips lines while one is on its way, so that logging
    never waits.
    """

    def __init__(
        self, agent_id: str, lightning: Lightning | None = None, *, level: int = logging.INFO
    ) -> None:
        super().__init__(level)
        self._sender = LineSender(lightning or from_environment(), agent_id)

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("lightning_client", "httpx", "httpcore")):
            return  # what reporting itself logs would be reported again
        try:
            self._sender.offer(record.levelname, self.format(record), record.levelno)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        self._sender.close()
        super().close()
