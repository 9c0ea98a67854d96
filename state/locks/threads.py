"""The threads in which locks meet the database, apart from everybody else's.

A transaction on a lease may stand in line behind a writer for seconds. It must hold up neither the
calls that have nothing to do with locks, nor the word that the waiters of this process still live.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import Error, connection

from state.access.scopes import in_own_connection

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """A few threads for calls of one sort; each call gives its database connection back."""

    def __init__(self, name: str, count: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix=name)

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The call's result."""
        return await sync_to_async(in_own_connection, thread_sensitive=False, executor=self._pool)(
            call, *args, **kwargs
        )


acquiring = Threads("acquiring", 4)
leasing = Threads("leases", 4)
"""For those who renew, release, or give a place up: no contended lock holds them up."""

_poller_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lock-poller")


async def in_poller_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of the poller's call; its connection stays open, so that none need be had."""
    return await sync_to_async(
        _in_kept_connection, thread_sensitive=False, executor=_poller_thread
    )(call, *args, **kwargs)


async def rest_poller_thread() -> None:
    """Gives the poller's connection back."""
    await in_poller_thread(_close)


def _in_kept_connection(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return call(*args, **kwargs)
    except Error:
        connection.close()
        raise


def _close() -> None:
    connection.close()  # looked up in the poller's thread, whose connection it is
