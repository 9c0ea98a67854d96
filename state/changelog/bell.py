"""Wakes coroutines when the log has grown: the event loop's side of the tail."""

import asyncio
from contextlib import suppress

from state.changelog.events import ChangeEvent
from state.changelog.tail import tail
from state.runtime.per_loop import of_this_loop


class Bell:
    """One per event loop. Take a ticket, look at the log, then wait on the ticket."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ticket = asyncio.Event()
        self._unsubscribe = tail.subscribe(self._heard)

    def close(self) -> None:
        """Hears of nothing any more."""
        self._unsubscribe()

    def ticket(self) -> asyncio.Event:
        """An event that is set by the next news from the log."""
        return self._ticket

    def _heard(self, events: list[ChangeEvent]) -> None:
        with suppress(RuntimeError):  # the loop has ended; so have its waiters
            self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        rung, self._ticket = self._ticket, asyncio.Event()
        rung.set()


def current_bell() -> Bell:
    """The running loop's bell."""
    return of_this_loop(Bell)


async def rung_within(ticket: asyncio.Event, timeout_seconds: float) -> bool:
    """Waits on a ticket; False when the time was up first."""
    try:
        async with asyncio.timeout(timeout_seconds):
            await ticket.wait()
    except TimeoutError:
        return False
    return True
