"""Looks into a test's database behind the product's back: what no door shows, and old times."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from tests.rig.backends import Backend


def query(backend: Backend, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
    """The rows of one committed statement; parameters are written ``%s`` on both databases."""
    if backend.postgres is not None or backend.database_url.startswith("postgres"):
        with psycopg.connect(backend.database_url) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []
    path = backend.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path, timeout=20) as connection:
        return connection.execute(statement.replace("%s", "?"), parameters).fetchall()


def count_waiters(backend: Backend, state_id: str) -> int:
    """How many places are taken in the queue for a state's lock."""
    [(count,)] = query(
        backend, "select count(*) from state_lockwaiter where state_id = %s", [state_id]
    )
    return int(count)
