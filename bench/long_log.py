"""`python -m bench.long_log DATABASE_URL`: fills the database with a long log, directly.

10,000 agents whose changes take turns: what `bench.past` measures the fleet's past on. Through the
API a million changes would take most of an hour; the rows are those that it writes.
"""

import argparse
import os
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import django

STATUSES = ("Ready", "Processing", "Paused", "Processing", "Failed")
TYPES = ("Researcher", "Supervisor", "Master", "Critic")
NOTE = "x" * 160
STEP = timedelta(milliseconds=250)
PAGE = 5000
COLUMNS = (
    "seq, kind, state_id, version, change_type, at, updated_at, actor, reason, old_values,"
    " new_values, document, forced"
)


class Fleet:
    """Agents in memory, and the log rows of their changes."""

    def __init__(self, agents: int, seed: int = 7) -> None:
        self.states: list[dict[str, Any]] = [{} for _ in range(agents)]
        self.at = datetime.now(UTC)
        self._chance = random.Random(seed)

    def changes(self, count: int) -> Iterator[tuple[Any, ...]]:
        """Log rows, oldest first, ending now."""
        from state.domain.jsontext import encode
        from state.domain.times import format_time
        from state.store.log_rows import FULL_DOCUMENT_EVERY

        begin = self.at - STEP * count
        for seq in range(1, count + 1):
            number = (seq - 1) % len(self.states)
            self.at = begin + STEP * seq
            state, old, new = self._change(number)
            state["lastUpdated"] = format_time(self.at)
            version = state["version"]
            change = "StatusChanged" if "status" in new else "Updated"
            if version == 1:
                change = "Created"
            full = encode(state).decode() if version % FULL_DOCUMENT_EVERY == 0 else None
            texts = encode(old).decode(), encode(new).decode()
            yield (
                *(seq, "agent", state["agentId"], version, change, self.at, self.at),
                *("bench", "", *texts, full, False),
            )

    def _change(self, number: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        from state.domain.times import format_time

        state = self.states[number]
        if not state:
            state |= {
                "agentId": f"agent-{number:05}",
                "agentType": TYPES[number % len(TYPES)],
                "status": "Initializing",
                "properties": {"note": NOTE},
                "activeTaskIds": [],
                "performanceMetrics": {},
                "createdAt": format_time(self.at),
                "version": 1,
            }
            return state, {}, {k: v for k, v in state.items() if k != "version"}
        state["version"] += 1
        step = state["version"]
        new: dict[str, Any] = {"performanceMetrics": {"latencyMs": step * 1.5, "step": step}}
        if self._chance.random() < 0.4:
            status = STATUSES[step % len(STATUSES)]
            if status != state["status"]:
                new |= {"status": status, "activeTaskIds": [f"task-{step}"]}
        old = {name: state[name] for name in new}
        state |= new
        return state, old, new

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of the states as they are now."""
        from state.domain.jsontext import encode
        from state.domain.times import parse_time

        for state in self.states:
            times = parse_time(state["createdAt"]), parse_time(state["lastUpdated"])
            document = encode(state).decode()
            names = state["agentType"], state["status"]
            yield state["agentId"], state["version"], True, document, *times, *names


def fill(agents: int, changes: int) -> None:
    """Writes the log and the states into an empty, migrated database."""
    from django.db import connection, transaction

    fleet = Fleet(agents)
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("set local statement_timeout = 0")
        insert_rows("state_changerecord", COLUMNS, fleet.changes(changes))
        columns = "id, version, live, document, created_at, updated_at, agent_type, status"
        insert_rows("state_agentstate", columns, fleet.rows())
        with connection.cursor() as cursor:
            cursor.execute(
                'insert into state_statecount (kind, "group", total)'
                " select 'agent', status, count(*) from state_agentstate group by status"
            )
            if connection.vendor == "postgresql":
                cursor.execute(
                    "select setval(pg_get_serial_sequence('state_changerecord', 'seq'), %s)",
                    [changes],
                )
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze" if connection.vendor == "postgresql" else "analyze")


def insert_rows(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Writes rows as fast as the database takes them."""
    from django.db import connection

    from state.store.sqlite_values import to_column

    if connection.vendor == "postgresql":
        statement = f"copy {table} ({columns}) from stdin"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join("?" for _ in columns.split(","))
    connection.ensure_connection()
    connection.connection.executemany(
        f"insert into {table} ({columns}) values ({places})",
        (tuple(to_column(value) for value in row) for row in rows),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.long_log", description=__doc__)
    parser.add_argument("database_url")
    parser.add_argument("--agents", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=1_000_000)
    arguments = parser.parse_args()
    os.environ["DATABASE_URL"] = arguments.database_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lightning_site.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill(arguments.agents, arguments.changes)


if __name__ == "__main__":
    main()
