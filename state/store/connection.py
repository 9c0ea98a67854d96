"""Names what goes wrong with the database, once, where it goes wrong.

Each named error is one of ``domain.errors``, with its code for the doors, and one of Django's, for
whoever handles those (sessions, migrations, the retries of this package). What has no name here, a
bug in SQL or a missing table, stays Django's error: the doors call it ``internal`` and log it, with
its statement.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from django.db.utils import DatabaseErrorWrapper, Error, OperationalError
from django.utils.functional import cached_property

from state.domain.errors import (
    DatabaseUnavailable,
    LightningError,
    OperationTimeout,
    Overloaded,
)
from state.runtime import failpoints

logger = logging.getLogger(__name__)

_STATEMENT_CHARACTERS = 2000


class ConnectionLost(DatabaseUnavailable, OperationalError):
    """The database cannot be reached, or takes no writes."""


class NotWritable(ConnectionLost):
    """The database is there, and takes no writes: it is read-only, or its disk is full."""

    title = "The database takes no writes"


class HeldUp(Overloaded, OperationalError):
    """Others kept a row, a connection or the database for too long."""

    title = "The database is busy"


class TookTooLong(OperationTimeout, OperationalError):
    """A statement or a transaction was ended by its time limit."""


Named = ConnectionLost | HeldUp | TookTooLong
failpoints.break_with(ConnectionLost)


class NamedErrors(DatabaseErrorWrapper):
    """Django's translation of a driver's errors, with the names of this module before it."""

    def __init__(self, wrapper: Any, name: Callable[[BaseException], Named | None]) -> None:
        super().__init__(wrapper)
        self._wrapper = wrapper
        self._name = name

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_value is None:
            return
        named = None if isinstance(exc_value, Error) else self._name(exc_value)
        if named is None:
            super().__exit__(exc_type, exc_value, traceback)
            return
        self._wrapper.errors_occurred = True
        if isinstance(named, ConnectionLost):
            self._wrapper.drop()
        if isinstance(named, NotWritable):
            last_writes.refused_at = time.monotonic()
        if not _probe.is_running:
            logger.warning("The database failed: %s", str(exc_value).strip())
        raise named.with_traceback(traceback) from exc_value


class NamingWrapper:
    """What the backends of both databases have: named errors, and no wait for a lost database."""

    connection: Any
    execute_wrappers: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(_tell_statement)

    @staticmethod
    def name_of(error: BaseException) -> Named | None:
        """The name of a driver's error; None when it has none."""
        raise NotImplementedError

    def drop(self) -> None:
        """Ends a connection that cannot do its work."""

    @cached_property
    def wrap_database_errors(self) -> NamedErrors:
        return NamedErrors(self, self.name_of)

    def ensure_connection(self) -> None:
        """Connects; raises ConnectionLost at once while the database is known to be lost."""
        if self.connection is None and not _probe.is_running and _is_lost():
            raise ConnectionLost()
        super().ensure_connection()  # type: ignore[misc]


class LastWrites:
    """When the database last refused a write, and when it last took one: monotonic times."""

    refused_at = float("-inf")
    taken_at = float("-inf")


last_writes = LastWrites()


# --- Who knows that the database is lost --------------------------------------------------------


class _Probe(threading.local):
    is_running = False


_probe = _Probe()
_checks: list[Callable[[], bool]] = []


def ask_before_connecting(is_lost: Callable[[], bool]) -> None:
    """Has ``is_lost`` asked whenever a thread without a connection wants one.

    Each of them would wait until the pool gives up, and a batch of them behind each other.
    """
    _checks.append(is_lost)


def _is_lost() -> bool:
    return any(is_lost() for is_lost in _checks)


@contextmanager
def probing() -> Iterator[None]:
    """For the thread that finds out whether the database is back: it connects all the same.

    It tries again and again, and says itself what it finds.
    """
    _probe.is_running = True
    try:
        yield
    finally:
        _probe.is_running = False


# --- Statements that failed ---------------------------------------------------------------------


@contextmanager
def telling(*statements: str) -> Iterator[None]:
    """Notes the statements on an error that has no name, so that the log has them."""
    try:
        yield
    except Error as error:
        if not isinstance(error, LightningError):
            listed = "; ".join(statements)[:_STATEMENT_CHARACTERS]
            error.add_note(f"Statement: {listed}")
        raise


def _tell_statement(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    with telling(str(sql)):
        return execute(sql, params, many, context)
