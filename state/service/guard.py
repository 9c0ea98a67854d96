"""Names a database that cannot be reached, for every call of the service."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DataError, Error, connection

from state.changelog.tail import tail
from state.domain.errors import DatabaseUnavailable
from state.runtime.threads import in_thread

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


def require_database() -> None:
    """Raises DatabaseUnavailable while the tail tries to reach the database in vain.

    Each call would wait for a connection until the pool gives up, and a batch of them behind each
    other; and in line for a thread before that.
    """
    if tail.has_lost_database:
        raise DatabaseUnavailable()


@contextmanager
def database_errors() -> Iterator[None]:
    """Names a database that cannot be reached; the doors answer that with 503."""
    require_database()
    try:
        yield
    except DataError:
        raise  # the database is there and says no to a value: a fault of ours, no outage
    except Error as error:
        connection.close()
        raise _unavailable(error) from error


def _unavailable(error: Error) -> DatabaseUnavailable:
    """What a failure of the database is to the caller; the log says which one it was."""
    logger.warning("The database failed: %s", str(error).strip())
    return DatabaseUnavailable()


def reaches_database(function: Callable[P, T]) -> Callable[P, T]:
    """The function, raising DatabaseUnavailable for whatever the database could not do."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        with database_errors():
            return function(*args, **kwargs)

    return guarded


async def reaching_database(
    call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """What the call brings, likewise; its thread closes the connection that failed."""
    require_database()
    try:
        return await call(*args, **kwargs)
    except DataError:
        raise
    except Error as error:
        raise _unavailable(error) from error


async def ask_database(ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a call, in a thread, that is nothing without the database.

    Raises DatabaseUnavailable at once while the database is lost: nobody stands in line for a
    thread to be told so.
    """
    require_database()
    return await in_thread(ask, *args, **kwargs)
