"""What admits a call to execution: a slot in its turn, before the call's deadline (contract §8).

The frame around every operation begins an ``Admission``; wherever the call then goes to a thread
or joins a batch, it is found in the context. Who has none (a page, a socket, a wait for a lock) is
not limited.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextvars import ContextVar
from typing import TypeVar

from state.apo.limiter import Limiter
from state.domain.errors import DatabaseUnavailable, OperationTimeout

T = TypeVar("T")


class Admission:
    """One call's right to execute.

    Args:
        limiter: the slots of the loop.
        seconds: how long the call may take.
        is_privileged: operators' calls are never shed, and wait for no slot.
    """

    __slots__ = ("deadline_at", "is_privileged", "limiter", "may_land", "seconds")

    def __init__(self, limiter: Limiter, seconds: float, is_privileged: bool) -> None:
        self.limiter = limiter
        self.seconds = seconds
        self.is_privileged = is_privileged
        self.deadline_at = asyncio.get_running_loop().time() + seconds
        self.may_land = False
        """Whether a write of the call is under way, which cannot be called back."""

    async def in_time(self, waiting: Awaitable[T]) -> T:
        """What the database is waited for with, until the deadline; then raises OperationTimeout.

        What waits is cancelled and never runs. A commit under way may yet land, and then the
        answer says ``"outcome": "unknown"``. Raises DatabaseUnavailable when the database is lost
        before the deadline, unless a commit is under way.
        """
        deadline = self.limiter.deadlines.until(self.deadline_at, self)
        try:
            with deadline:
                return await waiting
        except TimeoutError:
            if deadline.is_given_up:
                raise DatabaseUnavailable() from None
            raise self._timed_out() from None

    def require_room(self) -> None:
        """Raises Overloaded when this call may not join the queue."""
        if not self.is_privileged:
            self.limiter.require_room()

    def _timed_out(self) -> OperationTimeout:
        if self.may_land:
            return OperationTimeout(
                f"The write has not ended within {self.seconds:g} s and may yet land."
                " A retry under the same Idempotency-Key tells.",
                outcome="unknown",
            )
        return OperationTimeout(f"The operation has not ended within {self.seconds:g} s.")

    async def execute(self, begin: Callable[[], "Future[T]"]) -> T:
        """What a call in a thread brings: it has its slot until the thread has done with it.

        ``begin`` submits the call. One that has not begun at the deadline never runs.
        """
        return await self.in_time(self._execute(begin))

    async def _execute(self, begin: Callable[[], "Future[T]"]) -> T:
        if not self.is_privileged:
            await self.limiter.acquire()
        future = begin()
        if not self.is_privileged:
            loop, release = asyncio.get_running_loop(), self.limiter.release
            future.add_done_callback(lambda _: _call_in(loop, release))
        return await asyncio.wrap_future(future)


def _call_in(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)


current: ContextVar[Admission | None] = ContextVar("admission", default=None)
"""The admission of the call under way."""
