"""What goes wrong with the database has one name, given where it goes wrong."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg
import psycopg_pool
import pytest
from django.db import OperationalError, ProgrammingError

from state.domain.errors import LightningError
from state.store import connection as named
from state.store.backends.postgresql.base import DatabaseWrapper as Postgres
from state.store.backends.sqlite3.base import DatabaseWrapper as Sqlite

CODES = {
    "08006": "database_unavailable",
    "57P01": "database_unavailable",
    "57P03": "database_unavailable",
    "28P01": "database_unavailable",
    "3D000": "database_unavailable",
    "25006": "database_unavailable",
    "53100": "database_unavailable",
    "53300": "overloaded",
    "55P03": "overloaded",
    "40P01": "overloaded",
    "57014": "timeout",
    "25P03": "timeout",
    "25P04": "timeout",
}
FAULTS_OF_OURS = ("42P01", "42601", "22P02", "23505", "XX000", "0A000")


class Answered(psycopg.OperationalError):
    """An error as the server sends it."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("as the server put it")
        self.sqlstate = sqlstate  # type: ignore[misc]


def code_of(error: BaseException | None) -> str | None:
    return error.code if isinstance(error, LightningError) else None


@pytest.mark.parametrize(("sqlstate", "code"), CODES.items())
def test_an_error_of_postgresql_has_a_name(sqlstate: str, code: str) -> None:
    assert code_of(Postgres.name_of(Answered(sqlstate))) == code


@pytest.mark.parametrize("sqlstate", FAULTS_OF_OURS)
def test_a_fault_of_ours_has_none(sqlstate: str) -> None:
    assert Postgres.name_of(Answered(sqlstate)) is None


def test_a_connection_that_broke_and_a_pool_that_is_empty_are_told_apart() -> None:
    assert code_of(Postgres.name_of(psycopg.OperationalError("closed"))) == "database_unavailable"
    assert code_of(Postgres.name_of(psycopg_pool.PoolTimeout("4 sec"))) == "overloaded"


def wrapper_of(file: str, timeout_seconds: float = 0.0) -> Sqlite:
    options = {"timeout": timeout_seconds}
    return Sqlite(
        {
            "NAME": file,
            "OPTIONS": options,
            "TIME_ZONE": None,
            "CONN_MAX_AGE": 0,
            "CONN_HEALTH_CHECKS": False,
            "AUTOCOMMIT": True,
            "ATOMIC_REQUESTS": False,
        }
    )


@pytest.fixture(autouse=True)
def files_may_be_opened(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def database(tmp_path: object) -> Sqlite:
    return wrapper_of(f"{tmp_path}/database")


def run(database: Sqlite, statement: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(statement)


def test_a_lock_that_is_kept_is_overloaded(database: Sqlite, tmp_path: object) -> None:
    run(database, "create table one (id)")
    other = sqlite3.connect(f"{tmp_path}/database", isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(named.HeldUp) as raised:
        run(database, "insert into one values (1)")
    other.close()
    database.close()
    assert isinstance(raised.value.__cause__, sqlite3.OperationalError)
    assert isinstance(raised.value, OperationalError)


def test_a_file_that_cannot_be_had_is_unavailable(tmp_path: object) -> None:
    with pytest.raises(named.ConnectionLost):
        run(wrapper_of(f"{tmp_path}/nowhere/database"), "select 1")


def test_a_bug_in_sql_keeps_its_name_and_tells_its_statement(database: Sqlite) -> None:
    with pytest.raises((OperationalError, ProgrammingError)) as raised:
        run(database, "select * from nowhere")
    database.close()
    assert code_of(raised.value) is None
    assert raised.value.__notes__ == ["Statement: select * from nowhere"]


def test_a_database_known_to_be_lost_is_not_waited_for(
    database: Sqlite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named, "_checks", [lambda: True])
    with pytest.raises(named.ConnectionLost):
        run(database, "select 1")
    with named.probing():
        run(database, "select 1")
    database.close()
