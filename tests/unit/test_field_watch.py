"""§9: which states break a rule over a field; what cannot break one is not even read."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lightning_site import settings
from state.alerts.fields import FieldWatch
from state.alerts.rules import Rule
from state.store import fetch
from state.store.backends.sqlite3.base import DatabaseWrapper
from tests.unit.log_events import event

FAILED = Rule("agent_failed", "agent", "status", "equals", "Failed", 0, "critical", "{subject}")
OF_A_USER = replace(FAILED, name="own", built_in=False)
UNREAD = "no JSON: whoever reads it fails"

pytestmark = pytest.mark.skipif(
    "sqlite3" not in settings.DATABASE["ENGINE"], reason="DATABASE_URL is another"
)


@pytest.fixture
def agents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> Iterator[DatabaseWrapper]:
    """A table of agents: the first has Failed, the second works, the third is gone."""
    from django.db import connections

    given = {**connections.settings["default"], "NAME": str(tmp_path / "database")}
    connection = DatabaseWrapper(given)
    monkeypatch.setattr(fetch, "connection", connection)
    with django_db_blocker.unblock():
        connection.ensure_connection()
        run(connection, "create table state_agentstate (id, version, live, status, document)")
        for row in (
            ("a1", 3, True, "Failed", '{"status":"Failed"}'),
            ("a2", 1, True, "Processing", UNREAD),
            ("a3", 2, False, "Failed", UNREAD),
        ):
            run(connection, "insert into state_agentstate values (?, ?, ?, ?, ?)", *row)
        yield connection
        connection.close()


def run(connection: DatabaseWrapper, statement: str, *parameters: Any) -> None:
    connection.connection.execute(statement, parameters)


def broken(watch: FieldWatch) -> list[tuple[str, str]]:
    return sorted((one.subject, one.occurrence) for one in watch.refresh())


def test_it_reads_only_what_can_break_a_rule_of_ours(agents: DatabaseWrapper) -> None:
    watch = FieldWatch([FAILED])
    assert broken(watch) == [("a1", "3")]
    run(agents, "update state_agentstate set version = 4 where id = 'a1'")
    watch.note([event(1), event(2), event(3)])
    assert broken(watch) == [("a1", "4")]
    run(agents, "update state_agentstate set status = 'Idle', document = ?", UNREAD)
    watch.note([event(1)])
    assert broken(watch) == []


def test_it_reads_every_changed_state_for_a_rule_of_the_users(agents: DatabaseWrapper) -> None:
    # What a user's rule looks at need not be what the column says.
    run(agents, "update state_agentstate set status = '', document = '{}' where id = 'a2'")
    watch = FieldWatch([FAILED, OF_A_USER])
    assert broken(watch) == [("a1", "3")] * 2
    document = '{"status":"Failed"}'
    run(agents, "update state_agentstate set document = ? where id = 'a2'", document)
    watch.note([event(2)])
    assert broken(watch) == [("a1", "3"), ("a1", "3"), ("a2", "1"), ("a2", "1")]
