"""Refuses at once what would stand in line for a database that is lost."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from state.changelog.tail import tail
from state.domain.errors import DatabaseUnavailable
from state.runtime.threads import in_thread

P = ParamSpec("P")
T = TypeVar("T")


def require_database() -> None:
    """Raises DatabaseUnavailable while the tail tries to reach the database in vain.

    Each call would stand in line for a thread, and for one that keeps its connection.
    """
    if tail.has_lost_database:
        raise DatabaseUnavailable()


async def ask_database(ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a call, in a thread, that is nothing without the database.

    Raises DatabaseUnavailable at once while the database is lost: nobody stands in line for a
    thread to be told so.
    """
    require_database()
    return await in_thread(ask, *args, **kwargs)
