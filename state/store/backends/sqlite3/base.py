"""Django's SQLite backend, with named errors."""

import sqlite3

from django.db.backends.sqlite3 import base

from state.store.connection import ConnectionLost, HeldUp, Named, NamingWrapper, NotWritable

# https://www.sqlite.org/rescode.html
_NAMES: dict[int, tuple[type[Named], str]] = {
    sqlite3.SQLITE_BUSY: (HeldUp, "Others kept the database for too long."),
    sqlite3.SQLITE_LOCKED: (HeldUp, "Others kept the database for too long."),
    sqlite3.SQLITE_READONLY: (NotWritable, ""),
    sqlite3.SQLITE_FULL: (NotWritable, ""),
    sqlite3.SQLITE_IOERR: (NotWritable, "The database's file cannot be written, or read."),
    sqlite3.SQLITE_CANTOPEN: (ConnectionLost, ""),
    sqlite3.SQLITE_CORRUPT: (ConnectionLost, "The database's file is damaged."),
    sqlite3.SQLITE_NOTADB: (ConnectionLost, "The database's file is damaged."),
}


class DatabaseWrapper(NamingWrapper, base.DatabaseWrapper):
    """A thread's connection to the database."""

    @staticmethod
    def name_of(error: BaseException) -> Named | None:
        code = getattr(error, "sqlite_errorcode", None)
        if not isinstance(error, sqlite3.Error) or code is None:
            return None
        named, detail = _NAMES.get(code & 0xFF, (None, ""))  # the rest says more of the same
        return None if named is None else named(detail)
