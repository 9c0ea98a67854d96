"""Waits for locks on the event loop: a waiter holds no connection to the database.

One poller a process asks for all its waiters at once, ten times a second, while there are any; a
release in this process wakes it at once. When the process begins to end, it sends everybody home.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import Error, transaction

from state.domain.commands import IdempotencyKey
from state.domain.errors import LightningError, Overloaded
from state.locks import answers, leases, queue
from state.locks.leases import Granted
from state.locks.queue import SECOND_LOOK_SECONDS, SilentAhead
from state.locks.threads import acquiring, leasing, polling
from state.locks.wish import Wish
from state.runtime import shutdown
from state.runtime.background import BackgroundTask
from state.runtime.per_loop import of_this_loop
from state.store.clock import database_now

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1
_KEEP_ALIVE_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class _Waiter:
    """Somebody who waits here; ``called`` is set when it should try."""

    key: IdempotencyKey | None
    called: asyncio.Event = field(default_factory=asyncio.Event)


class WaitingRoom:
    """The waiters of one event loop, by their places in the queue."""

    def __init__(self) -> None:
        self._waiters: dict[int, _Waiter] = {}
        self._poller = BackgroundTask("lockWaiters", self._poll)
        self._kept_alive_at = float("-inf")
        self._poke = asyncio.Event()

    def close(self) -> None:
        """Nobody waits on a loop that has ended."""
        self._poller.stop()

    def poke(self) -> None:
        """A lock was released here: look now."""
        self._poke.set()

    async def acquire(self, wish: Wish, wait_seconds: float, key: IdempotencyKey | None) -> Granted:
        """The lease, after a wait of at most so long.

        Raises LockUnavailable after it, Overloaded when this process ends before, and
        IdempotencyMismatch.

        When the caller goes away while it waits, its place goes too, and so does a lease that was
        granted at that moment; but with a ``key`` the lease stays, for its whole time to live: the
        caller may not know that it was granted, and its retry gets it.
        """
        deadline = time.monotonic() + wait_seconds
        waiter = _Waiter(key)
        place: int | None = None
        try:
            while True:
                may_wait = time.monotonic() < deadline
                try:
                    outcome = await _attempt(wish, key, place, may_wait)
                except Overloaded:
                    if not may_wait or shutdown.begun.is_set():
                        raise
                    continue
                if isinstance(outcome, Granted):
                    return outcome
                place = outcome
                self._enter(place, waiter)
                await _called_before(deadline, waiter)
                if shutdown.begun.is_set():
                    raise Overloaded("This instance ends. Ask again: another one answers.")
        except BaseException:
            if place is not None:
                await asyncio.shield(_leave(place))
                self.poke()
            raise
        finally:
            if place is not None:
                self._waiters.pop(place, None)

    def _enter(self, place: int, waiter: _Waiter) -> None:
        self._waiters[place] = waiter
        self._poller.start()

    async def _poll(self) -> float | None:
        """One look for all who wait here; None when nobody does any more."""
        if not self._waiters:
            await polling.rest()
            return 0.0 if self._waiters else None
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._poke.wait()
        self._poke.clear()
        if shutdown.begun.is_set():
            self._call(self._waiters.keys())
            return 0.0
        now = time.monotonic()
        refresh = now - self._kept_alive_at > _KEEP_ALIVE_SECONDS
        if refresh:
            self._kept_alive_at = now
        keys = {place: one.key for place, one in self._waiters.items() if one.key}
        self._call(await polling.run(_look, list(self._waiters), keys, refresh))
        return 0.0

    def _call(self, places: Iterable[int]) -> None:
        for place in places:
            if place in self._waiters:
                self._waiters[place].called.set()


async def _called_before(deadline: float, waiter: _Waiter) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(deadline - time.monotonic()):
            await waiter.called.wait()
    waiter.called.clear()


def _look(places: list[int], keys: dict[int, IdempotencyKey], refresh: bool) -> set[int]:
    if refresh:
        # On SQLite the transaction waits for its turn, and only then is it now.
        with transaction.atomic():
            queue.keep_alive(places, database_now())
    # A retry that waits beside its first request is answered with it, not after it.
    answered = answers.granted(keys.values()) if keys else set()
    ready = queue.ready(places, database_now())
    return ready | {place for place, key in keys.items() if key in answered}


async def _attempt(
    wish: Wish, key: IdempotencyKey | None, place: int | None, may_wait: bool
) -> Granted | int:
    """The lease or the place; as often as it takes until those ahead are seen or dead."""
    known_silent: frozenset[queue.Sign] = frozenset()
    while True:
        trial = asyncio.ensure_future(
            acquiring.run(
                leases.acquire,
                wish,
                key=key,
                place=place,
                may_wait=may_wait,
                known_silent=known_silent,
            )
        )
        try:
            return await asyncio.shield(trial)
        except SilentAhead as ahead:
            known_silent = ahead.signs
            await asyncio.sleep(SECOND_LOOK_SECONDS)
        except asyncio.CancelledError:
            await asyncio.shield(_undo(trial, key))
            raise


async def _undo(trial: asyncio.Future[Granted | int], key: IdempotencyKey | None) -> None:
    """Leaves nothing of a trial whose caller has gone: neither a place nor a lease."""
    with suppress(LightningError, SilentAhead, Error):
        outcome = await trial
        if not isinstance(outcome, Granted):
            await _leave(outcome)
        elif not outcome.replayed and key is None:
            await leasing.run(leases.release, outcome.lock_id, outcome.token)


async def _leave(place: int) -> None:
    try:
        await leasing.run(queue.leave, place)
    except Error as error:
        # Nobody keeps it alive any more, so the others pass it over in a moment.
        logger.warning("A place in the lock queue stays behind: %s", str(error).strip())


def current_waiting_room() -> WaitingRoom:
    """The running loop's waiting room."""
    return of_this_loop(WaitingRoom)
