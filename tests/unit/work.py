"""Prints what the database does for the reads whose cost is promised not to grow, as JSON.

A program, so that the statements go over the product's own connection, with its settings. Work is
counted, not timed: SQLite's steps of its virtual machine; PostgreSQL's rows and pages looked at.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

AGENTS = 20
SHORT_LOG, LONG_LOG = 400, 4000
STATES = 3000
FIRST, GAP = 8, 1000
"""Of the states those fit a filter that come first, and after a gap the next ones."""
FITTING = 1000
PAGES = {"": (1, FIRST + 1, FITTING), "-": (1, FITTING - FIRST + 1, FITTING)}
"""Of one state each, in either direction; the gap is before the second of them."""
FILTERS = {
    "status": ("Completed", "Failed"),
    "agentType": ("Fits", "Other"),
    "sourceId": ("fits", "other"),
    "verified": ("true", "false"),
}


@dataclass
class Work:
    """What was done for one read."""

    statements: int = 0
    amount: int = 0
    tables: set[str] = field(default_factory=set)


def main() -> None:
    import django

    django.setup()
    told = {
        "pastOfShortLog": past_of_log(SHORT_LOG),
        "pastOfLongLog": past_of_log(LONG_LOG),
        "summary": summary(),
        "pages": pages(),
    }
    print(json.dumps(told, default=sorted))


# --- The reads ----------------------------------------------------------------------------------


def past_of_log(changes: int) -> list[dict[str, Any]]:
    """The work of time travel's pages at some moments of a log of so many changes."""
    from bench.long_log import fill
    from state.changelog.read import cursor_at, log_position
    from state.domain.kinds import Kind
    from state.domain.queries import ListQuery
    from state.domain.times import format_time
    from state.service import past, watching
    from state.store.fetch import run_query
    from state.store.sqlite_values import from_column

    empty()
    fill(AGENTS, changes)
    query = ListQuery.parse(Kind.AGENT, {"status": "Ready", "ordering": "-lastUpdated"})
    epoch = log_position().epoch
    found = []
    for part in (0.3, 0.6, 1.0):
        place = cursor_at(epoch, int(changes * part))
        [(at,)] = run_query("select at from state_changerecord where seq = %s", [place.seq])
        with counted() as work:
            assert watching.position_of(format_time(from_column(at))) == place
            assert past.list_states_at(query, place, facet="agentType").counts.total() == AGENTS
            for kind in Kind:
                past.count_states_at(kind, place)
            past.changes_over_time(60)
        found.append(asdict(work))
    return found


def pages() -> dict[str, list[int]]:
    """The work of pages near the begin and the end of each list, by its filter and ordering."""
    from state.domain.kinds import Kind
    from state.domain.queries import ORDERINGS

    empty()
    for kind in Kind:
        insert_states(kind)
    run("vacuum analyze" if is_postgres() else "analyze")
    found = {}
    for kind in Kind:
        equal = [name for name, one in kind.spec.filters.items() if one.comparison == "="]
        for name in (None, *equal):
            for ordering in (sign + one for one in ORDERINGS for sign in ("", "-")):
                asked = {"ordering": ordering}
                if name is not None:
                    asked[name] = FILTERS[name][0]
                found[f"{kind.segment} {name} {ordering}"] = list(costs(kind, asked))
    return found


def costs(kind: Any, asked: dict[str, str]) -> Iterator[int]:
    """The work of each of the pages."""
    from state.domain.queries import LIMIT_MAX, ListQuery
    from state.service.reading import list_states
    from state.store.lists import list_states as skip

    direction = "-" if asked["ordering"].startswith("-") else ""
    given: dict[str, str] = {}
    passed = 0
    for number in PAGES[direction]:
        while passed < number - 1:
            step = min(number - 1 - passed, LIMIT_MAX)
            token = skip(ListQuery.parse(kind, {**asked, **given, "limit": str(step)})).next
            assert token is not None
            given, passed = {"page": token}, passed + step
        query = ListQuery.parse(kind, {**asked, **given, "limit": "1"})
        with counted() as work:
            assert len(list_states(query, with_last_seen=kind.value == "agent").items) == 1
        yield work.amount


def summary() -> dict[str, Any]:
    """The work of the summary, with the long log's states still there."""
    from state.service.reading import summary as read_summary

    with counted() as work:
        assert read_summary()["agents"]["total"] == AGENTS
    return asdict(work)


# --- What is there ------------------------------------------------------------------------------


def is_postgres() -> bool:
    from django.db import connection

    return connection.vendor == "postgresql"


def run(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


def empty() -> None:
    from state.store.columns import TABLES

    for table in (*TABLES.values(), "state_changerecord", "state_statecount"):
        run(f"delete from {table}")


def insert_states(kind: Any) -> None:
    """States of which two thirds fit no filter; of every ten all have the same times."""
    from django.db import transaction

    from bench.long_log import insert_rows
    from state.store.columns import TABLES

    filters = {
        one.column: [one.read(text) for text in FILTERS[name]]
        for name, one in kind.spec.filters.items()
        if one.comparison == "="
    }
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    rows = []
    for number in range(STATES):
        fits = number < FIRST or FIRST + GAP <= number < GAP + FITTING
        at = begin + timedelta(seconds=number // 10)
        values = [given[0 if fits else 1] for given in filters.values()]
        rows.append((f"s-{number:05}", 1, True, "{}", at, at, *values))
    columns = ["id", "version", "live", "document", "created_at", "updated_at", *filters]
    with transaction.atomic():
        insert_rows(TABLES[kind], ", ".join(columns), rows)


# --- Counting -----------------------------------------------------------------------------------


@contextmanager
def counted() -> Iterator[Work]:
    """What the database does meanwhile for statements of the store."""
    from django.db import connection

    connection.ensure_connection()
    work = Work()
    with (looks_of_postgres if is_postgres() else steps_of_sqlite)(connection.connection, work):
        yield work


@contextmanager
def steps_of_sqlite(connection: Any, work: Work) -> Iterator[None]:
    import sqlite3

    def step() -> int:
        work.amount += 1
        return 0

    def note(statement: str) -> None:
        work.statements += 1

    def allow(action: int, table: str | None, *_: Any) -> int:
        if action == sqlite3.SQLITE_READ and table and table.startswith("state_"):
            work.tables.add(table)
        return sqlite3.SQLITE_OK

    connection.set_authorizer(allow)  # has every statement prepared anew, and so asked about
    connection.set_trace_callback(note)
    connection.set_progress_handler(step, 1)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)
        connection.set_trace_callback(None)
        connection.set_authorizer(None)


@contextmanager
def looks_of_postgres(connection: Any, work: Work) -> Iterator[None]:
    """Each statement is explained beside its run, with its values."""
    from state.store import fetch

    run_statement: Callable[..., Any] = fetch._run

    def explained(statement: str, parameters: Sequence[Any]) -> Any:
        explain = "explain (analyze, buffers, timing off, format json) "
        [(told,)] = connection.execute(explain + statement, tuple(parameters) or None).fetchall()
        work.statements += 1
        plan = told[0]["Plan"]
        work.amount += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        for node in nodes(plan):
            if "Relation Name" in node:
                work.tables.add(node["Relation Name"])
                looked = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
                work.amount += round(sum(node.get(n, 0) for n in looked) * node["Actual Loops"])
        return run_statement(statement, parameters)

    fetch._run = explained
    try:
        yield
    finally:
        fetch._run = run_statement


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


if __name__ == "__main__":
    main()
