"""A kind's states as they were at a position in the log, facts aside, read a page at a time.

A page is one statement: which version each state had there, and the log's rows from that version to
the nearest full document, which the old values are taken back from. So a state costs a few rows
whatever has happened to it since, and no long transaction blocks anybody.
"""

from collections.abc import Iterator
from functools import cache, cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection

from state.domain.commands import Document
from state.domain.errors import CursorExpired
from state.domain.jsontext import decode, encode
from state.domain.kinds import Kind
from state.domain.times import format_time
from state.store.columns import TABLES
from state.store.fetch import fetch_version, rewound, run_query
from state.store.log_rows import FULL_DOCUMENT_EVERY
from state.store.sized_pages import SizedSelect
from state.store.sqlite_values import from_column

_PAGE = 500
_PAGE_BYTES = 8 * 1024 * 1024
_ROWS = _PAGE * (FULL_DOCUMENT_EVERY + 1)

Row = tuple[Any, ...]


class StateThen:
    """A state as it was; what is asked of it is made then."""

    def __init__(self, state_id: str, version: int, told: bytes | Document) -> None:
        self.state_id = state_id
        self.version = version
        self._told = told

    @cached_property
    def document(self) -> Document:
        return decode(self._told) if isinstance(self._told, bytes) else self._told

    @property
    def body(self) -> bytes:
        """Its JSON without facts."""
        return self._told if isinstance(self._told, bytes) else encode(self._told)


@cache
def _select(kind: Kind, vendor: str) -> SizedSelect:
    every = FULL_DOCUMENT_EVERY
    near = f"version between p.version and (p.version + {every - 1}) / {every} * {every}"
    joined = f"state_changerecord c on c.kind = %s and c.state_id = p.id and c.{near}"
    if vendor == "postgresql":
        # It takes a ninth of a state's rows to be that near, however many it has, and reads a log
        # of some ten thousand rows whole. With a limit each state is looked up, however long it is.
        joined = (
            "lateral (select version, change_type, old_values, updated_at, document"
            f" from state_changerecord where kind = %s and state_id = p.id and {near}"
            f" order by version limit {every}) c on true"
        )
    return SizedSelect(
        ("id", "step", "change_type", "old_values", "updated_at", "document"),
        ("old_values", "document"),
        "select p.id, c.version as step, c.change_type,"
        " case when c.version > p.version then c.old_values end as old_values,"
        " case when c.version = p.version then c.updated_at end as updated_at,"
        " case when c.version = p.newest then p.document else c.document end as document"
        " from (select id, version as newest, document, (select version from state_changerecord"
        " where kind = %s and state_id = s.id and seq <= %s order by seq desc limit 1) as version"
        f" from {TABLES[kind]} s where id > %s and version > 0 order by id limit {_PAGE}) p"
        f" left join {joined}",
        "id, step",
        _PAGE_BYTES,
    )


def states_at(kind: Kind, seq: int) -> Iterator[StateThen]:
    """Every state of a kind that was live at a position, by id.

    Raises CursorExpired when retention passes the position meanwhile.
    """
    after = ""
    while True:
        rows, is_cut = _select(kind, connection.vendor).read(
            [kind.value, seq, after, kind.value], _ROWS
        )
        groups = [(one, list(steps)) for one, steps in groupby(rows, itemgetter(0))]
        if is_cut and len(groups) > 1:
            groups.pop()  # the rest of its rows is behind the cut
        elif is_cut:
            groups = [(one, []) for one, _ in groups]
        for state_id, steps in groups:
            if (past := _past(kind, state_id, steps, seq)) is not None:
                yield past
        check_kept(seq)
        if not groups or (not is_cut and len(groups) < _PAGE):
            return
        after = groups[-1][0]


def check_kept(seq: int) -> None:
    """Raises CursorExpired when the log is not kept that far back any more."""
    [(pruned_through,)] = run_query("select pruned_through from state_changelog")
    if pruned_through > seq:
        raise CursorExpired()


def _past(kind: Kind, state_id: str, rows: list[Row], seq: int) -> StateThen | None:
    """The state that the rows from its version then lead to, if there was one."""
    if not rows:  # more than a page holds: read alone
        return _past_alone(kind, state_id, seq)
    _, version, change_type, _, updated_at, full = rows[0]
    if version is None or change_type == "Deleted":
        return None
    if full:
        return StateThen(state_id, version, full.encode())
    document = rewound([row[1:] for row in rows])
    if document is None:
        return _past_alone(kind, state_id, seq)
    document["lastUpdated"] = format_time(from_column(updated_at))
    document["version"] = version
    return StateThen(state_id, version, document)


def _past_alone(kind: Kind, state_id: str, seq: int) -> StateThen | None:
    rows = run_query(
        "select version from state_changerecord where kind = %s and state_id = %s and seq <= %s"
        " order by seq desc limit 1",
        [kind.value, state_id, seq],
    )
    past = fetch_version(kind, state_id, rows[0][0], with_facts=False) if rows else None
    return None if past is None else StateThen(state_id, rows[0][0], past.document)


def has_more_states_than(kind: Kind, count: int) -> bool:
    """Whether there are more states of a kind, deleted ones too."""
    [(found,)] = run_query(
        f"select count(*) from (select 1 from {TABLES[kind]} limit %s) s", [count + 1]
    )
    return bool(found > count)
