"""Runs a call of the synchronous core from a coroutine."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async

from state.access import in_own_connection

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The call's result, from a pool thread that gives its database connection back."""
    return await sync_to_async(in_own_connection, thread_sensitive=False)(call, *args, **kwargs)
