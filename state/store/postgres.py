"""The write transaction on PostgreSQL: two or three round trips, whatever the batch holds.

READ COMMITTED with explicit row locks. Nobody waits for a row that another transaction holds: it
is passed over (``skip locked``), and a record's place is an advisory lock that is only tried. Who
is held up comes again, waits for that first and holds nothing meanwhile.

The log's advisory lock is taken last and its numbers are drawn under it, so the order of ``seq`` is
the order of commits: a reader that asks for ``seq > last`` misses nothing.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import psycopg
from django.db import connection

from state.domain.current import Current
from state.domain.facts_edit import StoredFact
from state.domain.jsontext import decode
from state.domain.kinds import Kind
from state.domain.records import Record, RecordTable, RowKey
from state.store import record_rows
from state.store.columns import LOCKED, TABLES, WRITTEN, current_from, written_values
from state.store.connection import telling
from state.store.log_rows import LOG_COLUMNS, log_values
from state.store.session import Answer, Closing, FactRow, Opened, Opening

LOG_LOCK = 0x11674  # the advisory lock that orders the log
CHANNEL = "lightning_changes"
_BEGIN = "begin isolation level read committed"
# A process that stands still in the middle of a write loses its locks after this time. The idle
# timeout of the session does not see it: psycopg ends a pipeline with a Flush, which disarms it.
_TRANSACTION_TIMEOUT = "set local transaction_timeout = '10s'"
_HAS_TRANSACTION_TIMEOUT = 170000
ROW_WAIT_SECONDS = 3
"""How long whoever waits for a row of another transaction stands in line for it."""

# A row that somebody else makes at this moment cannot be passed over.
_MAKING_TIMEOUT = "set local lock_timeout = '1s'"
_WAITING_TIMEOUT = f"set local lock_timeout = '{ROW_WAIT_SECONDS}s'"
_LOCK_TIMEOUT = "set local lock_timeout to default"

Statement = tuple[str, Sequence[Any]]


class PostgresSession:
    """A write transaction on the thread's own connection, in pipeline mode."""

    def __init__(self) -> None:
        connection.ensure_connection()
        self._connection: psycopg.Connection[Any] = connection.connection

    def begin(self, opening: Opening) -> Opened:
        statements: list[Statement] = [(_BEGIN, ())]
        if self._connection.info.server_version >= _HAS_TRANSACTION_TIMEOUT:
            statements.append((_TRANSACTION_TIMEOUT, ()))
        makes_rows = bool(opening.records or opening.creatable)
        if opening.awaited:
            statements += _waits(opening.awaited)
        elif makes_rows:
            statements.append((_MAKING_TIMEOUT, ()))
        claims_at = len(statements)
        claimed = list(record_rows.claims(opening.records))
        statements += [(_claim(table, names), _columns(rows)) for table, names, rows in claimed]
        for kind, ids in opening.creatable.items():
            statements.append((_PLACEHOLDERS[kind], (list(ids),)))
        if opening.awaited or makes_rows:
            statements.append((_LOCK_TIMEOUT, ()))
        for kind, ids in opening.locked.items():
            statements.append((_LOCK_ROWS[kind], (list(ids),)))
        statements.append(("select clock_timestamp()", ()))
        results = self._flush(statements)
        fresh = {
            (table.name, *key)
            for (table, _, _), result in zip(claimed, results[claims_at:], strict=False)
            for key in result
        }
        rows: dict[tuple[Kind, str], Current] = {}
        locked_results = results[-1 - len(opening.locked) : -1]
        for kind, result in zip(opening.locked, locked_results, strict=True):
            for row in result:
                rows[kind, row[0]] = current_from(row)
        now = results[-1][0][0]
        return Opened(now=now, rows=rows, fresh=fresh, held_up=self._held_up(opening, rows))

    def _held_up(self, opening: Opening, rows: dict[tuple[Kind, str], Current]) -> set[RowKey]:
        """What is there and could not be locked."""
        missing = {
            kind: absent
            for kind, ids in opening.locked.items()
            if (absent := [state_id for state_id in ids if (kind, state_id) not in rows])
        }
        if not missing:
            return set()
        found = self._flush([(_EXISTING[kind], (ids,)) for kind, ids in missing.items()])
        return {
            (TABLES[kind], state_id)
            for kind, rows_there in zip(missing, found, strict=True)
            for (state_id,) in rows_there
        }

    def answers(self, records: Sequence[Record]) -> dict[RowKey, Answer]:
        tables = list(record_rows.by_table(records))
        results = self._flush(
            [(_answers(table), _columns([one.key for one in asked])) for table, asked in tables]
        )
        return {
            (table.name, *key): Answer(digest, outcome)
            for (table, _), rows in zip(tables, results, strict=True)
            for *key, digest, outcome in rows
        }

    def all_facts(self, research_ids: Sequence[str]) -> dict[str, dict[str, StoredFact]]:
        [rows] = self._flush(
            [
                (
                    "select research_id, fact_id, position, document from state_fact"
                    " where research_id = any(%b::text[]) and valid_to is null"
                    " order by position",
                    (list(research_ids),),
                )
            ]
        )
        return stored_facts(rows)

    def some_facts(self, pairs: Sequence[tuple[str, str]]) -> dict[str, dict[str, StoredFact]]:
        [rows] = self._flush(
            [
                (
                    "select f.research_id, f.fact_id, f.position, f.document"
                    " from unnest(%b::text[], %b::text[]) as u(research_id, fact_id)"
                    " join state_fact f on f.research_id = u.research_id"
                    " and f.fact_id = u.fact_id and f.valid_to is null",
                    ([pair[0] for pair in pairs], [pair[1] for pair in pairs]),
                )
            ]
        )
        return stored_facts(rows)

    def commit(self, closing: Closing) -> None:
        statements = [
            *_row_updates(closing),
            *_fact_changes(closing),
            *_record_changes(closing),
            *_unused_rows(closing),
        ]
        if closing.log:
            statements.append(("select pg_advisory_xact_lock(%b)", (LOG_LOCK,)))
            if closing.counts:
                statements.append(_count_changes(closing))
            statements.append(_log_inserts(closing))
            statements.append(("select pg_notify(%b, '')", (CHANNEL,)))
        self._flush([*statements, ("commit", ())])

    def has_landed(self, closing: Closing) -> bool:
        connection.close()
        connection.ensure_connection()
        self._connection = connection.connection
        if not closing.log:
            return False
        change = closing.log[0].change
        # The lost transaction held the log's lock to its end: once we have it, that has come.
        *_, rows, _ = self._flush(
            [
                (_BEGIN, ()),
                ("select pg_advisory_xact_lock(%b)", (LOG_LOCK,)),
                (
                    "select 1 from state_changerecord where kind = %b and state_id = %b"
                    " and version = %b and updated_at = %b and actor = %b",
                    (
                        change.kind.value,
                        change.state_id,
                        change.version,
                        change.updated_at,
                        change.actor,
                    ),
                ),
                ("commit", ()),
            ]
        )
        return bool(rows)

    def rollback(self) -> None:
        with connection.wrap_database_errors:
            if not self._connection.closed:
                self._connection.rollback()

    def _flush(self, statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
        """Sends the statements in one go and returns the rows of each."""
        cursors: list[psycopg.Cursor[Any]] = []
        with (
            telling(*(statement for statement, _ in statements)),
            connection.wrap_database_errors,
            self._connection.pipeline(),
        ):
            for statement, parameters in statements:
                cursor = psycopg.Cursor(self._connection)
                cursor.execute(statement, parameters or None, prepare=True, binary=True)
                cursors.append(cursor)
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


def stored_facts(rows: Iterable[tuple[Any, ...]]) -> dict[str, dict[str, StoredFact]]:
    """Fact rows by research and fact id."""
    facts: dict[str, dict[str, StoredFact]] = {}
    for research_id, fact_id, position, document in rows:
        facts.setdefault(research_id, {})[fact_id] = StoredFact(
            position, decode(document), document.encode()
        )
    return facts


_PLACEHOLDERS = {
    kind: f"insert into {table} (id) select unnest(%b::text[]) on conflict (id) do nothing"
    for kind, table in TABLES.items()
}
_LOCK_ROWS = {
    kind: f"select {LOCKED[kind]} from {table} where id = any(%b::text[]) order by id"
    " for update skip locked"
    for kind, table in TABLES.items()
}
_WAIT_FOR_ROW = {
    table: f"select 1 from {table} where id = %b for update" for table in TABLES.values()
}
_EXISTING = {
    kind: f"select id from {table} where id = any(%b::text[])" for kind, table in TABLES.items()
}


def _update_rows(kind: Kind) -> str:
    names = [name for name, _, _ in WRITTEN[kind]]
    types = ", ".join(f"%b::{type_}[]" for _, type_, _ in WRITTEN[kind])
    sets = ", ".join(f"{name} = u.{name}" for name in names)
    return (
        f"update {TABLES[kind]} as s set {sets}"
        f" from unnest(%b::text[], {types}) as u(id, {', '.join(names)}) where s.id = u.id"
    )


_UPDATE_ROWS = {kind: _update_rows(kind) for kind in Kind}


def _row_updates(closing: Closing) -> Iterable[Statement]:
    for kind in Kind:
        changes = [change for row_key, change in closing.final.items() if row_key[0] is kind]
        if changes:
            rows = [[change.state_id, *written_values(change)] for change in changes]
            yield _UPDATE_ROWS[kind], _columns(rows)


def _columns(rows: Sequence[Sequence[Any]]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


def _fact_changes(closing: Closing) -> Iterable[Statement]:
    if closing.closed_facts:
        yield (
            "update state_fact f set valid_to = u.version"
            " from unnest(%b::text[], %b::text[], %b::bigint[])"
            " as u(research_id, fact_id, version)"
            " where f.research_id = u.research_id and f.fact_id = u.fact_id"
            " and f.valid_to is null",
            _columns(closing.closed_facts),
        )
    if closing.closed_researches:
        yield (
            "update state_fact f set valid_to = u.version"
            " from unnest(%b::text[], %b::bigint[]) as u(research_id, version)"
            " where f.research_id = u.research_id and f.valid_to is null",
            _columns(list(closing.closed_researches.items())),
        )
    if closing.inserted_facts:
        yield (
            "insert into state_fact"
            " (research_id, fact_id, position, valid_from, valid_to, document)"
            " select * from unnest(%b::text[], %b::text[], %b::bigint[], %b::bigint[],"
            " %b::bigint[], %b::text[])",
            _columns([fact_values(row) for row in closing.inserted_facts]),
        )


def fact_values(row: FactRow) -> tuple[Any, ...]:
    """A fact row's values in the order of its columns."""
    return (
        row.research_id,
        row.fact_id,
        row.stored.position,
        row.valid_from,
        row.valid_to,
        row.stored.document.decode(),
    )


def _arrays(table: RecordTable, names: Sequence[str]) -> str:
    types = (record_rows.type_of(table, name) for name in names)
    return f"unnest({', '.join(f'%b::{one}[]' for one in types)}) as u({', '.join(names)})"


def _waits(awaited: Iterable[RowKey]) -> Iterable[Statement]:
    yield _WAITING_TIMEOUT, ()
    for table, *key in sorted(awaited):
        if table in _WAIT_FOR_ROW:
            yield _WAIT_FOR_ROW[table], (key[0],)
        else:
            yield f"select pg_advisory_xact_lock({_ROW_KEY_NUMBER})", (_row_key_text(table, key),)


_ROW_KEY_NUMBER = "hashtextextended(%b::text, 0)"


def _row_key_text(table: str, key: Sequence[str]) -> str:
    return "/".join((table, *key))


@cache
def _claim(table: RecordTable, names: record_rows.Names) -> str:
    # A record whose first request is still running is not claimed, and is not there either.
    key = ", ".join(table.key)
    row_key = " || '/' || ".join((f"'{table.name}'", *(f"u.{name}" for name in table.key)))
    return (
        f"insert into {table.name} ({', '.join(names)}, outcome, created_at)"
        f" select {', '.join(f'u.{name}' for name in names)}, '', clock_timestamp()"
        f" from {_arrays(table, names)}"
        f" where pg_try_advisory_xact_lock(hashtextextended({row_key}, 0))"
        f" on conflict ({key}) do nothing returning {key}"
    )


@cache
def _answers(table: RecordTable) -> str:
    return (
        f"select {', '.join(f'r.{name}' for name in (*table.key, 'digest', 'outcome'))}"
        f" from {table.name} r join {_arrays(table, table.key)}"
        f" on {record_rows.matching(table, 'r', 'u')}"
    )


@cache
def _settle(table: RecordTable, names: record_rows.Names) -> str:
    changed = names[len(table.key) :]
    return (
        f"update {table.name} r set {', '.join(f'{name} = u.{name}' for name in changed)}"
        f" from {_arrays(table, names)} where {record_rows.matching(table, 'r', 'u')}"
    )


@cache
def _forget(table: RecordTable) -> str:
    return (
        f"delete from {table.name} r using {_arrays(table, table.key)}"
        f" where {record_rows.matching(table, 'r', 'u')}"
    )


def _record_changes(closing: Closing) -> Iterable[Statement]:
    for table, names, rows in record_rows.answers(closing.settled):
        yield _settle(table, names), _columns(rows)
    for table, records in record_rows.by_table(closing.forgotten):
        yield _forget(table), _columns([one.key for one in records])


def _unused_rows(closing: Closing) -> Iterable[Statement]:
    for kind, ids in closing.unused_rows.items():
        yield (
            f"delete from {TABLES[kind]}"
            " where id = any(%b::text[]) and version = 0 and fencing_token = 0",
            (list(ids),),
        )


def _count_changes(closing: Closing) -> Statement:
    rows = [(kind.value, group, step) for (kind, group), step in sorted(closing.counts.items())]
    return (
        'insert into state_statecount as c (kind, "group", total)'
        " select * from unnest(%b::text[], %b::text[], %b::bigint[])"
        ' on conflict (kind, "group") do update set total = c.total + excluded.total',
        _columns(rows),
    )


_LOG_NAMES = ", ".join(name for name, _ in LOG_COLUMNS)
_INSERT_LOG = (
    f"insert into state_changerecord ({_LOG_NAMES}, at)"
    f" select {', '.join(f'u.{name}' for name, _ in LOG_COLUMNS)},"
    " greatest((select clock_timestamp()),"
    " (select at from state_changerecord order by seq desc limit 1))"
    f" from unnest({', '.join(f'%b::{type_}[]' for _, type_ in LOG_COLUMNS)})"
    f" with ordinality as u({_LOG_NAMES}, nth) order by u.nth"
)


def _log_inserts(closing: Closing) -> Statement:
    return _INSERT_LOG, _columns([log_values(row) for row in closing.log])
