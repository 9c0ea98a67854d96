"""The write transaction on SQLite, on a connection with the product's settings."""

from pathlib import Path
from typing import Any

import pytest

from lightning_site import settings
from state.store import sqlite
from state.store.backends.sqlite3.base import DatabaseWrapper
from state.store.session import Opening

FULL = 2
"""https://www.sqlite.org/pragma.html#pragma_synchronous"""


@pytest.mark.skipif("sqlite3" not in settings.DATABASE["ENGINE"], reason="DATABASE_URL is another")
def test_a_commit_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> None:
    """A power cut is not to be had: what SQLite promises for one is asked of the transaction."""
    from django.db import connections

    given = {**connections.settings["default"], "NAME": str(tmp_path / "database")}
    connection = DatabaseWrapper(given)
    monkeypatch.setattr(sqlite, "connection", connection)
    with django_db_blocker.unblock():
        session = sqlite.SqliteSession()
        session.begin(Opening(locked={}, creatable={}, records=[]))
        found = [session._run(f"pragma {name}") for name in ("journal_mode", "synchronous")]
        session.rollback()
        connection.close()
    assert found == [[("wal",)], [(FULL,)]]
