"""Reads states as they are, and as they were at an old version."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection
from msgspec import Struct

from state.domain.commands import Document
from state.domain.errors import TooLarge
from state.domain.facts import Fact
from state.domain.jsontext import decode, encode
from state.domain.kinds import FACTS, Kind
from state.domain.times import format_time
from state.runtime.failpoints import reach
from state.store.columns import TABLES
from state.store.connection import telling
from state.store.log_rows import FULL_DOCUMENT_EVERY
from state.store.sqlite_values import from_column

_FACTS_AS_JSON = {
    "postgresql": "case when s.fact_count > 0 then (select string_agg(f.document, ','"
    " order by f.position) from state_fact f"
    " where f.research_id = s.id and f.valid_to is null) end",
    "sqlite": "case when s.fact_count > 0 then (select group_concat(document, ',') from"
    " (select f.document from state_fact f where f.research_id = s.id and f.valid_to is null"
    " order by f.position)) end",
}


_BEFORE_FACTS = b',"' + FACTS.encode() + b'":['


class StoredState(Struct, frozen=True):
    """A state's row; ``body`` is its complete JSON, None for a deleted state."""

    version: int
    body: bytes | None


@dataclass(frozen=True, slots=True)
class PastState:
    """A state as it was at a version; ``facts`` are JSON, None for the kinds that have none."""

    document: Document
    facts: list[bytes] | None

    def parts(self) -> tuple[Document, list[Fact]]:
        return self.document, [decode(fact) for fact in self.facts or ()]

    @property
    def body(self) -> bytes:
        document = encode(self.document)
        return document if self.facts is None else with_facts(document, b",".join(self.facts))


def fetch_document(kind: Kind, state_id: str) -> StoredState:
    """A state without its facts; version 0 when there never was one."""
    rows = run_query(
        f"select version, live, document from {TABLES[kind]} where id = %s and version > 0",
        [state_id],
    )
    if not rows:
        return StoredState(0, None)
    [(version, live, document)] = rows
    return StoredState(version, document.encode() if live else None)


def without_facts(body: bytes) -> bytes:
    """What ``with_facts`` was given: no fact holds that name, and a text only with backslashes."""
    return body[: body.rindex(_BEFORE_FACTS)] + b"}"


def with_facts(document: bytes, facts: bytes) -> bytes:
    """A research's complete JSON: its document and its facts, which are comma-separated JSON."""
    return document[:-1] + _BEFORE_FACTS + facts + b"]}"


def run_query(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Rows of one statement on the thread's connection, prepared on PostgreSQL.

    A thread that keeps its connection may find it lost since the last statement: then the statement
    goes once more, on a new one.
    """
    try:
        return _run(statement, parameters)
    except OperationalError:
        if connection.in_atomic_block or not connection_is_lost():
            raise
        connection.close()
        return _run(statement, parameters)


def connection_is_lost() -> bool:
    """Whether the server behind the thread's connection went away."""
    raw = connection.connection
    return connection.vendor == "postgresql" and (raw is None or bool(raw.closed))


def _run(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    with telling(statement), connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            raw = connection.connection
            rows: list[tuple[Any, ...]] = raw.execute(
                statement, tuple(parameters) or None, prepare=True
            ).fetchall()
            return rows
        return list(
            connection.connection.execute(
                statement.replace("%s", "?"), tuple(parameters)
            ).fetchall()
        )


def id_list(ids: Sequence[str]) -> tuple[str, Any]:
    """The SQL for "one of these ids" and its parameter."""
    if connection.vendor == "postgresql":
        return "= any(%s::text[])", list(ids)
    return "in (select value from json_each(%s))", encode(list(ids)).decode()


def fetch_states(
    kind: Kind, ids: Sequence[str], limit_bytes: int | None = None
) -> dict[str, StoredState]:
    """The states with these ids in one query and one snapshot; deleted ones have no body.

    Ids that were never written are absent. Raises TooLarge when they are larger than
    ``limit_bytes`` together, with not much more than that read.
    """
    condition, parameter = id_list(ids)
    facts = _FACTS_AS_JSON[connection.vendor] if kind.has_facts else "null"
    source = f"from {TABLES[kind]} s where s.id {condition} and s.version > 0"
    statement = f"select s.id, s.version, s.live, s.document, {facts} {source}"
    if limit_bytes is None:
        rows = run_query(statement, [parameter])
    elif connection.vendor == "postgresql":
        rows = _measured_states(kind, facts, source, parameter, limit_bytes)
    else:
        rows = _stepped_states(statement, parameter, limit_bytes)
    reach("store.fetched")
    return {
        state_id: StoredState(version, _body(kind, document, facts) if live else None)
        for state_id, version, live, document, facts in rows
    }


def _measured_states(
    kind: Kind, facts: str, source: str, parameter: Any, limit_bytes: int
) -> list[tuple[Any, ...]]:
    """The database adds up first, from lengths it knows, and hands out nothing when it is much."""
    of_facts = " + fact_bytes + fact_count" if kind.has_facts else ""
    rows = run_query(
        "select s.id, s.version, s.live, case when s.total <= %s then s.document end,"
        f" case when s.total <= %s then {facts} end, s.total"
        f" from (select s.*, sum(octet_length(document){of_facts}) over () as total {source}) s",
        [limit_bytes, limit_bytes, parameter],
    )
    if rows and rows[0][-1] > limit_bytes:
        raise TooLarge()
    return [row[:-1] for row in rows]


def _stepped_states(statement: str, parameter: Any, limit_bytes: int) -> list[tuple[Any, ...]]:
    """SQLite reads a row when it is asked for it."""
    rows: list[tuple[Any, ...]] = []
    connection.ensure_connection()
    with (
        telling(statement),
        connection.wrap_database_errors,
        closing(connection.connection.execute(statement.replace("%s", "?"), [parameter])) as found,
    ):
        for row in found:
            limit_bytes -= len(row[3]) + len(row[4] or "")
            if limit_bytes < 0:
                raise TooLarge()
            rows.append(row)
    return rows


def _body(kind: Kind, document: str, facts: str | None) -> bytes:
    if not kind.has_facts:
        return document.encode()
    return with_facts(document.encode(), (facts or "").encode())


def fetch_facts(research_id: str, version: int) -> list[bytes]:
    """The facts a research had at a version, in order, each as JSON."""
    rows = run_query(
        "select document from state_fact where research_id = %s and valid_from <= %s"
        " and (valid_to is null or valid_to > %s) order by position",
        [research_id, version, version],
    )
    return [row[0].encode() for row in rows]


def fetch_version(
    kind: Kind, state_id: str, version: int, *, with_facts: bool = True
) -> PastState | None:
    """The state as it was at a version, or None when the history does not have it (any more).

    Starts at the nearest full document at or after the version and takes back what the log says was
    changed since. ``with_facts=False`` leaves a research's facts unread.
    """
    reach("store.fetch_version")
    rows = run_query(
        "select c.version, c.change_type, c.old_values, c.updated_at,"
        " case when c.version = s.version then s.document else c.document end"
        f" from state_changerecord c join {TABLES[kind]} s on s.id = c.state_id"
        " where c.kind = %s and c.state_id = %s and c.version >= %s order by c.version limit %s",
        [kind.value, state_id, version, FULL_DOCUMENT_EVERY + 1],
    )
    reach("store.past")
    if not rows or rows[0][0] != version or rows[0][1] == "Deleted":
        return None
    document = rewound(rows)
    if document is None:
        return None
    document["lastUpdated"] = format_time(from_column(rows[0][3]))
    document["version"] = version
    facts = None
    if kind.has_facts and with_facts:
        facts = fetch_facts(state_id, version)
        if len(facts) != document["factCount"]:
            return None  # retention has removed the version and its facts between the statements
    return PastState(document, facts)


def rewound(rows: Sequence[tuple[Any, ...]]) -> Document | None:
    """The document of a state's first row, taken back from the first row that knows one in full.

    Rows are version, change type, old values, time, full document. None when no row knows one.
    """
    base = next(
        (
            index
            for index, (_, change_type, _, _, document) in enumerate(rows)
            if document or change_type == "Deleted"
        ),
        None,
    )
    if base is None:
        return None
    _, change_type, old_values, _, full = rows[base]
    if change_type == "Deleted":
        document: Document = decode(old_values)
        base -= 1
    else:
        document = decode(full)
    for _, _, old_values, _, _ in reversed(rows[1 : base + 1]):
        document |= decode(old_values)
    document.pop(FACTS, None)
    document.pop("lastUpdated", None)
    document.pop("version", None)
    return document
