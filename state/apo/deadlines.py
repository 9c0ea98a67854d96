"""The deadlines of one event loop's calls, under one timer: a timer each is felt in every write."""

import asyncio
from types import TracebackType
from typing import Protocol, Self


class Call(Protocol):
    """Whose deadline it is."""

    may_land: bool
    """Whether a write of the call is under way, which cannot be called back."""


class Deadline:
    """Cancels the block that it is around when its time has come; raises TimeoutError there.

    As ``asyncio.timeout_at`` does; a cancellation from elsewhere stays one.
    """

    __slots__ = ("_cancelling", "_has_passed", "_open", "_task", "at", "call", "is_given_up")

    def __init__(
        self, at: float, call: Call, task: "asyncio.Task[object]", others: "set[Deadline]"
    ) -> None:
        self.at = at
        self.call = call
        self.is_given_up = False
        """Whether its time was over before it had come."""
        self._task = task
        self._open = others
        self._cancelling = task.cancelling()
        self._has_passed = False

    def __enter__(self) -> Self:
        self._open.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.discard(self)
        if self._has_passed:
            is_ours_alone = self._task.uncancel() <= self._cancelling
            if is_ours_alone and kind is not None and issubclass(kind, asyncio.CancelledError):
                raise TimeoutError from error

    def expire(self) -> None:
        """Its time has come."""
        self._has_passed = True
        self._task.cancel()


class Deadlines:
    """Those of one event loop."""

    def __init__(self) -> None:
        self._open: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """The loop has ended, and with it every call."""
        self._open.clear()
        self._timer = None

    def until(self, at: float, call: Call) -> Deadline:
        """A block of the running task, and of this call, ends at this time of its loop's clock."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A deadline belongs to a task.")
        if self._timer is None or at < self._timer.when():
            self._look_at(at)
        return Deadline(at, call, task, self._open)

    def give_up(self) -> None:
        """Ends every block now, but for those of calls whose write is under way."""
        waiting = [one for one in self._open if not one.call.may_land]
        self._open.difference_update(waiting)
        for one in waiting:
            one.is_given_up = True
            one.expire()

    def _look_at(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(at, self._look)

    def _look(self) -> None:
        """Most calls have ended long before: it is due once in a call's time, not once a call."""
        self._timer = None
        now = asyncio.get_running_loop().time()
        due = [one for one in self._open if one.at <= now]
        self._open.difference_update(due)
        for one in due:
            one.expire()
        if self._open:
            self._look_at(min(one.at for one in self._open))
