"""The write transaction on SQLite: one writer at a time, in WAL mode with synchronous=FULL.

A statement takes all its rows in one JSON array, and the locked rows come as one, so that it is one
step: Python's driver gives the interpreter up at each step of a statement, and on a busy event loop
has to wait for it again for half a millisecond.
"""

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from state.domain.facts_edit import StoredFact
from state.domain.jsontext import decode, encode
from state.domain.kinds import Kind
from state.domain.records import Record, RowKey
from state.store import record_rows
from state.store.columns import LOCKED, TABLES, WRITTEN, current_from, written_values
from state.store.connection import HeldUp, telling
from state.store.log_rows import LOG_COLUMNS, log_values
from state.store.postgres import fact_values, stored_facts
from state.store.session import Answer, Closing, Opened, Opening
from state.store.sqlite_values import from_column, to_column

# Threads of one process queue here, in order, instead of polling SQLite's own lock.
_writer = threading.Lock()
_WRITER_TIMEOUT_SECONDS = 20.0


class SqliteSession:
    """A write transaction on the thread's own connection."""

    def __init__(self) -> None:
        connection.ensure_connection()
        self._connection: sqlite3.Connection = connection.connection
        self._holds_writer = False

    def begin(self, opening: Opening) -> Opened:
        if not _writer.acquire(timeout=_WRITER_TIMEOUT_SECONDS):
            raise HeldUp("Others kept the database for too long.")
        self._holds_writer = True
        self._run("begin immediate")
        now = datetime.now(UTC)
        fresh = self._claim(opening.records, now)
        rows = {}
        for kind, ids in opening.creatable.items():
            self._run(
                f"insert into {TABLES[kind]} (id) select value from json_each(?) where true"
                " on conflict (id) do nothing",
                (_json(ids),),
            )
        for kind, ids in opening.locked.items():
            [[found]] = self._run(
                f"select json_group_array(json_array({LOCKED[kind]})) from {TABLES[kind]}"
                " where id in (select value from json_each(?))",
                (_json(ids),),
            )
            for row in decode(found):
                rows[kind, row[0]] = current_from(row)
        return Opened(now=now, rows=rows, fresh=fresh)

    def answers(self, records: Sequence[Record]) -> dict[RowKey, Answer]:
        found: dict[RowKey, Answer] = {}
        for table, asked in record_rows.by_table(records):
            names = ", ".join(f"r.{name}" for name in (*table.key, "digest", "outcome"))
            rows = self._run(
                f"select {names} from json_each(?) u join {table.name} r"
                f" on {_has_key('r.', table.key)}",
                (_json([one.key for one in asked]),),
            )
            for *key, digest, outcome in rows:
                found[table.name, *key] = Answer(digest, outcome)
        return found

    def all_facts(self, research_ids: Sequence[str]) -> dict[str, dict[str, StoredFact]]:
        return stored_facts(
            self._run(
                "select research_id, fact_id, position, document from state_fact"
                " where research_id in (select value from json_each(?)) and valid_to is null"
                " order by position",
                (_json(research_ids),),
            )
        )

    def some_facts(self, pairs: Sequence[tuple[str, str]]) -> dict[str, dict[str, StoredFact]]:
        return stored_facts(
            self._run(
                "select f.research_id, f.fact_id, f.position, f.document from json_each(?) u"
                " join state_fact f on f.research_id = u.value ->> 0"
                " and f.fact_id = u.value ->> 1 and f.valid_to is null",
                (_json(pairs),),
            )
        )

    def commit(self, closing: Closing) -> None:
        self._update_rows(closing)
        self._change_facts(closing)
        self._change_records(closing)
        for kind, ids in closing.unused_rows.items():
            self._run(
                f"delete from {TABLES[kind]} where id in (select value from json_each(?))"
                " and version = 0 and fencing_token = 0",
                (_json(ids),),
            )
        for (kind, group), step in closing.counts.items():
            self._run(
                'insert into state_statecount (kind, "group", total) values (?, ?, ?)'
                ' on conflict (kind, "group") do update set total = total + excluded.total',
                (kind.value, group, step),
            )
        self._insert_log(closing)
        self._run("commit")
        self._release()

    def has_landed(self, closing: Closing) -> bool:
        return False  # SQLite's commit answers in this process: an error means it did not happen

    def rollback(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("rollback")
        finally:
            self._release()

    def _release(self) -> None:
        if self._holds_writer:
            self._holds_writer = False
            _writer.release()

    def _run(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with telling(statement), connection.wrap_database_errors:
            return self._connection.execute(statement, parameters).fetchall()

    def _run_rows(self, statement: str, rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """A statement over ``json_each(?) u``, whose values are the rows; none is nothing to do."""
        listed = [[to_column(value) for value in row] for row in rows]
        return self._run(statement, (_json(listed),)) if listed else []

    def _claim(self, records: Sequence[Record], now: datetime) -> set[RowKey]:
        fresh: set[RowKey] = set()
        for table, names, rows in record_rows.claims(records):
            key = ", ".join(table.key)
            claimed = self._run_rows(
                f"insert into {table.name} ({', '.join(names)}, outcome, created_at)"
                f" select {_members(len(names))}, '', u.value ->> {len(names)}"
                f" from json_each(?) u where true on conflict ({key}) do nothing returning {key}",
                ([*row, now] for row in rows),
            )
            fresh |= {(table.name, *row) for row in claimed}
        return fresh

    def _update_rows(self, closing: Closing) -> None:
        for kind in Kind:
            columns = WRITTEN[kind]
            sets = (
                f"{name} = u.value ->> {index}" for index, (name, _, _) in enumerate(columns, 1)
            )
            self._run_rows(
                f"update {TABLES[kind]} as t set {', '.join(sets)}"
                " from json_each(?) u where t.id = u.value ->> 0",
                (
                    [change.state_id, *written_values(change)]
                    for key, change in closing.final.items()
                    if key[0] is kind
                ),
            )

    def _change_facts(self, closing: Closing) -> None:
        self._run_rows(
            "update state_fact as f set valid_to = u.value ->> 2 from json_each(?) u"
            " where f.research_id = u.value ->> 0 and f.fact_id = u.value ->> 1"
            " and f.valid_to is null",
            closing.closed_facts,
        )
        self._run_rows(
            "update state_fact as f set valid_to = u.value ->> 1 from json_each(?) u"
            " where f.research_id = u.value ->> 0 and f.valid_to is null",
            closing.closed_researches.items(),
        )
        self._run_rows(
            "insert into state_fact"
            " (research_id, fact_id, position, valid_from, valid_to, document)"
            f" select {_members(6)} from json_each(?) u",
            (fact_values(row) for row in closing.inserted_facts),
        )

    def _change_records(self, closing: Closing) -> None:
        for table, names, rows in record_rows.answers(closing.settled):
            key_size = len(table.key)
            sets = (
                f"{name} = u.value ->> {index}"
                for index, name in enumerate(names[key_size:], key_size)
            )
            self._run_rows(
                f"update {table.name} as r set {', '.join(sets)} from json_each(?) u"
                f" where {_has_key('r.', table.key)}",
                rows,
            )
        for table, records in record_rows.by_table(closing.forgotten):
            self._run_rows(
                f"delete from {table.name} where ({', '.join(table.key)}) in"
                f" (select {_members(len(table.key))} from json_each(?) u)",
                (one.key for one in records),
            )

    def _insert_log(self, closing: Closing) -> None:
        if not closing.log:
            return
        at = datetime.now(UTC)
        last = self._run("select at from state_changerecord order by seq desc limit 1")
        if last:
            at = max(at, from_column(last[0][0]))
        names = ", ".join(name for name, _ in LOG_COLUMNS)
        self._run_rows(
            f"insert into state_changerecord ({names}, at)"
            f" select {_members(len(LOG_COLUMNS) + 1)} from json_each(?) u order by u.key",
            ((*log_values(row), at) for row in closing.log),
        )


def _json(values: Sequence[Any]) -> str:
    return encode(values).decode()


def _members(count: int) -> str:
    """The first members of a row, as columns."""
    return ", ".join(f"u.value ->> {index}" for index in range(count))


def _has_key(prefix: str, names: Sequence[str]) -> str:
    """The condition that a row's key is a row's first members."""
    return " and ".join(f"{prefix}{name} = u.value ->> {index}" for index, name in enumerate(names))
