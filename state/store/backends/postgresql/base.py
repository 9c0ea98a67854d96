"""Django's PostgreSQL backend, with named errors and a pool that says at once what is gone."""

import time
from typing import Any

import psycopg
import psycopg_pool
from django.db.backends.postgresql import base

from state.store.connection import (
    ConnectionLost,
    HeldUp,
    Named,
    NamingWrapper,
    NotWritable,
    TookTooLong,
)

_HELD_UP = "Others kept this state, or the database, for too long."
# https://www.postgresql.org/docs/current/errcodes-appendix.html: codes, then classes of codes.
_NAMES: dict[str, tuple[type[Named], str]] = {
    "25006": (NotWritable, ""),  # read_only_sql_transaction
    "53100": (NotWritable, ""),  # disk_full
    "25P03": (TookTooLong, ""),  # idle_in_transaction_session_timeout
    "25P04": (TookTooLong, ""),  # transaction_timeout
    "57014": (TookTooLong, ""),  # query_canceled: statement_timeout
    "55P03": (HeldUp, _HELD_UP),  # lock_not_available: lock_timeout
    "08": (ConnectionLost, ""),  # connection exceptions
    "28": (ConnectionLost, ""),  # invalid authorization
    "3D": (ConnectionLost, ""),  # no such database
    "40": (HeldUp, _HELD_UP),  # deadlocks
    "53": (HeldUp, _HELD_UP),  # too many connections, out of memory
    "57P": (ConnectionLost, ""),  # shut down, starting up, crashed
    "58": (ConnectionLost, ""),  # system errors
}
# What waits for more (remote_write, remote_apply) stays; pinned, so that no reload changes it.
_ACKNOWLEDGED_IS_DURABLE = (
    "select set_config('synchronous_commit',"
    " case when given in ('off', 'local') then 'on' else given end, false)"
    " from current_setting('synchronous_commit') as given"
)
_LOOK_EVERY_SECONDS = 0.2
_REFUSED_LOOK_SECONDS = 0.05
_REFUSED_RECENTLY_SECONDS = 1.0


class Refusals:
    """Whether the last try to connect failed, and when: the pool tells nobody who waits for it."""

    def __init__(self) -> None:
        self._last: tuple[float, psycopg.Error] | None = None

    def note(self, error: psycopg.Error | None) -> None:
        self._last = None if error is None else (time.monotonic(), error)

    @property
    def last(self) -> psycopg.Error | None:
        """The error of the last try; None when it succeeded."""
        return self._last[1] if self._last else None

    @property
    def are_recent(self) -> bool:
        return (
            self._last is not None and time.monotonic() - self._last[0] < _REFUSED_RECENTLY_SECONDS
        )


refusals = Refusals()


class NotedConnection(psycopg.Connection[Any]):
    """A connection of the pool: how trying to have it ended is noted."""

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Any:
        try:
            connection = super().connect(*args, **kwargs)
        except psycopg.Error as error:
            refusals.note(error)
            raise
        refusals.note(None)
        return connection


class DatabaseWrapper(NamingWrapper, base.DatabaseWrapper):
    """A thread's connection to the database."""

    @staticmethod
    def name_of(error: BaseException) -> Named | None:
        if not isinstance(error, psycopg.Error):
            return None
        if isinstance(error, (psycopg_pool.PoolTimeout, psycopg_pool.TooManyRequests)):
            return HeldUp("No connection to the database was free in time.")
        code = error.sqlstate
        if code is None:
            return ConnectionLost() if isinstance(error, psycopg.OperationalError) else None
        for known in (code, code[:3], code[:2]):
            if known in _NAMES:
                named, detail = _NAMES[known]
                return named(detail)
        return None

    def drop(self) -> None:
        """Ends the connection behind: whoever asks next has the address asked anew.

        It may lead to a server that is a standby by now.
        """
        if self.connection is not None and not self.connection.closed:
            self.connection.close()

    def ensure_connection(self) -> None:
        """Connects, also when the connection was dropped since it was used last."""
        if self.connection is not None and self.connection.closed and not self.in_atomic_block:
            self.close()
        super().ensure_connection()

    def _configure_connection(self, connection: Any) -> bool:
        """Sets for a new connection what cannot be said when it is opened."""
        super()._configure_connection(connection)  # type: ignore[misc]
        with connection.cursor() as cursor:
            cursor.execute(_ACKNOWLEDGED_IS_DURABLE)
        return True

    @property
    def pool(self) -> Any:
        options = self.settings_dict["OPTIONS"].get("pool")
        if options:
            options.setdefault("connection_class", NotedConnection)
        return super().pool

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        pool = self.pool
        if pool is None:
            return super().get_new_connection(conn_params)
        self.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        pool.open()
        connection = _from_pool(pool)
        connection.isolation_level = self.isolation_level
        return connection


def _from_pool(pool: psycopg_pool.ConnectionPool[Any]) -> Any:
    """A connection; waits no longer than the pool allows, nor for one that was refused."""
    deadline = time.monotonic() + pool.timeout
    while True:
        pause = _REFUSED_LOOK_SECONDS if refusals.are_recent else _LOOK_EVERY_SECONDS
        left = deadline - time.monotonic()
        try:
            return pool.getconn(timeout=max(0.001, min(pause, left)))
        except psycopg_pool.PoolTimeout as error:
            refused = refusals.last
            if refused is not None:
                raise refused from None
            if left <= pause:
                if pool.get_stats()["pool_size"] < pool.max_size:
                    raise psycopg.OperationalError("The server does not answer.") from error
                raise
