"""Refuses at once what would stand in line for a database that is lost."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from state.apo.admission import current
from state.changelog.tail import tail
from state.domain.errors import DatabaseUnavailable
from state.runtime.threads import everyday, executing, in_thread

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

    An operation's call takes a slot and keeps to the operation's deadline; a page's or a socket's
    does not. Raises Overloaded, OperationTimeout.

    Raises DatabaseUnavailable at once while the database is lost: nobody stands in line for a
    thread to be told so.
    """
    require_database()
    admission = current.get()
    if admission is None:
        return await in_thread(ask, *args, **kwargs)
    threads = everyday if admission.is_privileged else executing
    return await admission.execute(partial(threads.submit, ask, *args, **kwargs))
