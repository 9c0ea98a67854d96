"""Waits for locks on the event loop: no thread and no connection is held by a waiter.

One poller a process asks for all its waiters at once, ten times a second, while there are any; a
release in this process wakes it at once.
"""

import asyncio
import logging
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import Error

from state import workers
from state.access import in_own_connection
from state.domain.commands import IdempotencyKey
from state.domain.errors import LockUnavailable
from state.locks import leases, queue
from state.locks.leases import Granted, Wish

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1
_KEEP_ALIVE_SECONDS = 0.4

P = ParamSpec("P")
T = TypeVar("T")


async def _in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await sync_to_async(in_own_connection, thread_sensitive=False)(call, *args, **kwargs)


class WaitingRoom:
    """The waiters of one event loop."""

    def __init__(self) -> None:
        self._calls: dict[int, asyncio.Event] = {}
        self._keys: dict[int, IdempotencyKey] = {}
        self._poller: asyncio.Task[None] | None = None
        self._poke = asyncio.Event()

    def poke(self) -> None:
        """A lock was released here: look now."""
        self._poke.set()

    async def acquire(self, wish: Wish, wait_seconds: float, key: IdempotencyKey | None) -> Granted:
        """The lease, after a wait of at most so long; raises LockUnavailable.

        When the caller goes away while it waits, its place goes too, and so does a lease that was
        granted at that moment.
        """
        deadline = time.monotonic() + wait_seconds
        try:
            return await _undone_if_cancelled(wish, None, key)
        except LockUnavailable:
            if wait_seconds <= 0:
                raise
        waiter_id = await _in_thread(
            lambda: queue.join(
                wish.kind, wish.state_id, wish.owner, workers.me.id, leases.database_now()
            )
        )
        called = self._calls[waiter_id] = asyncio.Event()
        if key is not None:
            self._keys[waiter_id] = key
        self._start_polling()
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(
                        asyncio.get_running_loop().time() + deadline - time.monotonic()
                    ):
                        await called.wait()
                called.clear()
                try:
                    return await _undone_if_cancelled(wish, waiter_id, key)
                except LockUnavailable:
                    if time.monotonic() >= deadline:
                        raise
        finally:
            del self._calls[waiter_id]
            self._keys.pop(waiter_id, None)
            await asyncio.shield(_in_thread(queue.leave, waiter_id))
            self.poke()

    def _start_polling(self) -> None:
        if self._poller is None or self._poller.done():
            self._poller = asyncio.get_running_loop().create_task(self._poll())
        self.poke()

    async def _poll(self) -> None:
        kept_alive_at = time.monotonic()
        while self._calls:
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._poke.wait()
            self._poke.clear()
            waiting = list(self._calls)
            refresh = time.monotonic() - kept_alive_at > _KEEP_ALIVE_SECONDS
            if refresh:
                kept_alive_at = time.monotonic()
            try:
                called = await _in_thread(_look, waiting, dict(self._keys), refresh)
            except Error as error:
                logger.warning("The lock queue cannot be read: %s", str(error).strip())
                continue
            for waiter_id in called & self._calls.keys():
                self._calls[waiter_id].set()


def _look(waiting: list[int], keys: dict[int, IdempotencyKey], refresh: bool) -> set[int]:
    now = leases.database_now()
    if refresh:
        queue.keep_alive(waiting, now)
    # A retry that waits beside its first request is answered with it, not after it.
    answered = leases.answered(keys.values()) if keys else set()
    return queue.ready(waiting, now) | {one for one, key in keys.items() if key in answered}


async def _undone_if_cancelled(
    wish: Wish, waiter_id: int | None, key: IdempotencyKey | None
) -> Granted:
    attempt = asyncio.ensure_future(_in_thread(leases.acquire, wish, waiter_id=waiter_id, key=key))
    try:
        return await asyncio.shield(attempt)
    except asyncio.CancelledError:
        with suppress(LockUnavailable):
            granted = await asyncio.shield(attempt)
            if not granted.replayed and key is None:
                await asyncio.shield(
                    _in_thread(leases.release, granted.lease.lock_id, granted.token)
                )
        raise


_rooms: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, WaitingRoom] = (
    weakref.WeakKeyDictionary()
)


def current_waiting_room() -> WaitingRoom:
    """The running loop's waiting room."""
    loop = asyncio.get_running_loop()
    room = _rooms.get(loop)
    if room is None:
        room = _rooms[loop] = WaitingRoom()
    return room
