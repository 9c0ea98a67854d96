"""What a worker costs before anybody calls it."""

import time
from collections.abc import Iterator

import psycopg

from bench.cpu import cpu_seconds, resident_megabytes
from bench.figures import Row, at_most, figure
from bench.rounds import Effort
from bench.stand import Door, Stand

SETTLED_SECONDS = 6.0
"""After its start: what starting costs is not what idling costs, and the log is read more often."""
IDLE_SECONDS = 3.0
PUBLISHED_SECONDS = 2.0
"""A session's transactions are counted about once a second."""


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """Memory and processor of a worker that only follows the log, and how soon it serves."""
    ready, memory, idle, transactions = [], [], [], []
    for _ in range(effort.rounds):
        with stand.only():
            door = Door(stand.fresh_backend())
            ready.append(door.ready_seconds)
            time.sleep(SETTLED_SECONDS)
            before, counted = cpu_seconds(door.pid), _transactions(door)
            time.sleep(IDLE_SECONDS)
            idle.append((cpu_seconds(door.pid) - before) / IDLE_SECONDS * 100)
            memory.append(resident_megabytes(door.pid))
            if counted is not None:
                time.sleep(PUBLISHED_SECONDS)
                grown = (_transactions(door) or 0) - counted
                transactions.append(grown / (IDLE_SECONDS + PUBLISHED_SECONDS))
            door.server.stop()
    yield Row("idle worker: memory", figure(memory, "MB"), target=at_most(120))
    yield Row("serve: ready after", figure(ready, "s"), target=at_most(3))
    yield Row("idle worker: processor", figure(idle, "% of a core"))
    if transactions:
        yield Row("idle worker: transactions", figure(transactions, "/s"), target=at_most(10))


def _transactions(door: Door) -> int | None:
    """How many its database has seen; None: it does not count."""
    if door.backend.name != "postgres":
        return None
    with psycopg.connect(door.backend.database_url) as connection:
        row = connection.execute(
            "select xact_commit + xact_rollback from pg_stat_database"
            " where datname = current_database()"
        ).fetchone()
        assert row is not None
        return int(row[0])
