"""Runs calls of the synchronous core from a coroutine."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async

from state.access.scopes import in_own_connection
from state.service import require_database

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The call's result, from a pool thread that gives its database connection back."""
    return await sync_to_async(in_own_connection, thread_sensitive=False)(call, *args, **kwargs)


async def ask_database(ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Likewise, for a call that is nothing without the database; raises DatabaseUnavailable.

    At once while the database is lost: nobody stands in line for a thread to be told so.
    """
    require_database()
    return await in_thread(ask, *args, **kwargs)
