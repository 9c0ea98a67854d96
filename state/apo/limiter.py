"""How many operations execute at once, and who waits: first come, first served, and bounded."""

import asyncio
from collections import deque
from collections.abc import Callable

from state.apo.deadlines import Deadlines
from state.domain.errors import Overloaded


class Limiter:
    """Slots for executing operations, of one event loop; not thread-safe.

    Who finds no free slot waits in the order of arrival. The queue is bounded: what waits here,
    and what waits elsewhere to execute together (a batch takes one slot), is at most
    ``queue_limit``.
    """

    def __init__(self, limit: int, queue_limit: int) -> None:
        self.limit = limit
        self.queue_limit = queue_limit
        self.executing = 0
        self.deadlines = Deadlines()
        self.is_shedding = False
        """Whether memory is so short that nothing new is admitted."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._lines: list[Callable[[], int]] = []

    def close(self) -> None:
        """Its loop has ended, and with it everybody who waited."""
        self._waiting.clear()
        self.deadlines.close()

    @property
    def is_full(self) -> bool:
        """Whether whoever comes now does not get a slot at once."""
        return self.is_shedding or bool(self._waiting) or self.executing >= self.limit

    @property
    def has_waiting(self) -> bool:
        """Whether somebody waits for a slot."""
        return bool(self._waiting)

    @property
    def queued(self) -> int:
        """How many calls wait."""
        return len(self._waiting) + sum([line() for line in self._lines])

    @property
    def utilization(self) -> float:
        """Executing ÷ limit; above 1 only after the limit was lowered."""
        return self.executing / self.limit

    def count_line(self, length: Callable[[], int]) -> None:
        """Those who wait elsewhere to execute together are in the queue too."""
        self._lines.append(length)

    def require_room(self) -> None:
        """Raises Overloaded when the queue is full, or memory is short."""
        if self.is_shedding:
            raise Overloaded("Memory is short on this instance; try again.")
        if self.queued >= self.queue_limit:
            raise Overloaded("As many operations wait as this instance allows; try again.")

    async def acquire(self) -> None:
        """A slot, as soon as one is free; raises Overloaded when the queue is full."""
        if not self.try_acquire():
            self.require_room()
            await self.turn()

    def try_acquire(self) -> bool:
        """A slot, when one is free and nobody waits for it."""
        if self.is_full:
            return False
        self.executing += 1
        return True

    async def turn(self) -> None:
        """A slot, after those who wait already."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()  # the slot was given in the moment the caller went
            else:
                self._waiting.remove(turn)
            raise

    def release(self) -> None:
        """Gives a slot back: to whoever has waited longest."""
        self.executing -= 1
        self._admit()

    def resize(self, limit: int, queue_limit: int) -> None:
        """The instance has another number of workers: this one's share changes."""
        self.limit, self.queue_limit = limit, queue_limit
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self.executing < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self.executing += 1
                turn.set_result(None)
