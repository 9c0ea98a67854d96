"""Waits until the log may have grown: a hint that may be late or lost, never an event."""

import select
import time

from django.db import connection

from state.store.postgres import CHANNEL

_SQLITE_BUSY_SECONDS = 0.02
_SQLITE_IDLE_SECONDS = 0.1


class NotifyHint:
    """PostgreSQL: the writing transaction notifies, and the commit delivers."""

    def __init__(self) -> None:
        connection.ensure_connection()
        self._listening = connection.connection
        with connection.wrap_database_errors:
            self._listening.execute(f"listen {CHANNEL}")

    def wait(self, timeout_seconds: float, *, busy: bool) -> None:
        """Returns when a commit was announced, at the latest after the timeout.

        Raises OperationalError when the connection that listens was lost, also when a query has
        replaced it meanwhile.
        """
        with connection.wrap_database_errors:
            if not self._was_announced():
                # Not psycopg's own wait, which looks up ten times a second.
                waiting = select.poll()
                waiting.register(self._listening.fileno(), select.POLLIN)
                waiting.poll(timeout_seconds * 1000)
                self._was_announced()

    def _was_announced(self) -> bool:
        return any(True for _ in self._listening.notifies(timeout=0, stop_after=1))

    def close(self) -> None:
        """Ends the connection: with whomever the pool would give it to next, every commit's notice
        would be kept for ever.
        """
        self._listening.close()


class DataVersionHint:
    """SQLite: the database's data_version moves when another connection has committed."""

    def __init__(self) -> None:
        connection.ensure_connection()
        self._seen = self._data_version()

    def wait(self, timeout_seconds: float, *, busy: bool) -> None:
        """Returns when another connection has committed, at the latest after the timeout.

        It looks less often while there is little to hear of: not ``busy``.
        """
        pause = _SQLITE_BUSY_SECONDS if busy else _SQLITE_IDLE_SECONDS
        deadline = time.monotonic() + timeout_seconds
        while (left := deadline - time.monotonic()) > 0:
            version = self._data_version()
            if version != self._seen:
                self._seen = version
                return
            time.sleep(min(pause, left))

    def close(self) -> None:
        """Nothing to end."""

    def _data_version(self) -> int:
        with connection.wrap_database_errors:
            version: int = connection.connection.execute("pragma data_version").fetchone()[0]
            return version


Hint = NotifyHint | DataVersionHint


def open_hint() -> Hint:
    """The hint of this database, on the calling thread's connection."""
    return NotifyHint() if connection.vendor == "postgresql" else DataVersionHint()
