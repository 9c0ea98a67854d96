"""The one way to run synchronous code from an event loop: pools of threads, each for one purpose.

What stands in line in one pool (a transaction on a contended lock) holds up nobody in another.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import Error, connection

P = ParamSpec("P")
T = TypeVar("T")

# All pools together stay below the connections of the database's pool.
_EVERYDAY_THREADS = 4
_EXECUTING_THREADS = 6


class Threads:
    """A few threads; none starts before it is needed.

    Each call gives its database connection back, unless the pool ``keeps_connections``: then only
    one that has failed is closed, and ``rest`` gives the others back.
    """

    def __init__(self, name: str, count: int, *, keeps_connections: bool = False) -> None:
        self._pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix=name)
        self._in_thread = _in_kept_connection if keeps_connections else _in_own_connection

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The call's result, in the caller's context. A caller who is cancelled does not wait;
        the call goes on when it has begun, else it never runs.
        """
        return await asyncio.wrap_future(self.submit(call, *args, **kwargs))

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Likewise, for who wants to know when the thread has done with it."""
        work = partial(copy_context().run, self._in_thread, partial(call, *args, **kwargs))
        return self._pool.submit(work)

    async def rest(self) -> None:
        """Gives the kept connection of a pool of one thread back."""
        await asyncio.get_running_loop().run_in_executor(self._pool, _close_connection)


def _in_own_connection(call: Callable[[], T]) -> T:
    try:
        return call()
    finally:
        connection.close()


def _in_kept_connection(call: Callable[[], T]) -> T:
    try:
        return call()
    except Error:
        connection.close()
        raise


def _close_connection() -> None:
    connection.close()  # looked up in the pool's thread, whose connection it is


everyday = Threads("call", _EVERYDAY_THREADS)

executing = Threads("executing", _EXECUTING_THREADS)
"""For operations that have a slot: however slow they are, those that need none go on."""


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a call that fits nowhere else."""
    return await everyday.run(call, *args, **kwargs)
