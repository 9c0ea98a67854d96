"""Whether the database takes writes: a tiny one now and then tells."""

import sqlite3
import threading
import time
from contextlib import closing

from django.db import connection

from state.store.connection import NotWritable, last_writes
from state.store.fetch import run_query

_BELIEVED_SECONDS = 5.0
_TRIED_AGAIN_SECONDS = 1.0
_REFUSED_SECONDS = 30.0  # a disk that is full may have room for a tiny write all the same
_NOTHING_CHANGES = "update state_changelog set pruned_through = pruned_through"


class WriteProbe:
    """Remembers for some seconds what the last try said; a write that was refused says more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answer = True
        self._until = float("-inf")

    def takes_writes(self) -> bool:
        """Whether the database took the last write; raises OperationalError when it is away."""
        refused_at = last_writes.refused_at
        if refused_at > last_writes.taken_at and time.monotonic() - refused_at < _REFUSED_SECONDS:
            return False
        with self._lock:
            if time.monotonic() >= self._until:
                self._answer = _takes_a_write()
                pause = _BELIEVED_SECONDS if self._answer else _TRIED_AGAIN_SECONDS
                self._until = time.monotonic() + pause
            return self._answer


def _takes_a_write() -> bool:
    if connection.vendor != "postgresql":
        return _sqlite_takes_a_write()
    try:
        # A row that somebody else is writing at this moment says enough.
        run_query(
            f"{_NOTHING_CHANGES} where id in (select id from state_changelog for update skip"
            " locked) returning id"
        )
    except NotWritable:
        return False
    return True


def _sqlite_takes_a_write() -> bool:
    file = str(connection.settings_dict["NAME"])
    try:
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as own:
            own.execute("begin immediate")
            own.execute(_NOTHING_CHANGES)
            own.execute("commit")
    except sqlite3.OperationalError as error:
        # Somebody else is writing at this moment: that says enough.
        return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return True


def settings_that_lose_writes() -> list[str]:
    """The server's settings that are off and should not be; a session cannot change them."""
    if connection.vendor != "postgresql":
        return []
    rows = run_query(
        "select name from pg_settings where name in ('fsync', 'full_page_writes')"
        " and setting = 'off' order by name"
    )
    return [name for (name,) in rows]


probe = WriteProbe()
