"""Looks for changes in the log, newest first: by state, actor, sort of change, field, time, reason.

Only state, time and place have an index. Whatever else is asked for is found by reading on, and a
page looks at so many changes at most: it then says how far it has looked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from state.changelog.change_query import ChangeQuery
from state.changelog.events import COLUMNS, ChangeEvent
from state.changelog.read import LogPosition, log_position, position_at
from state.domain.errors import CursorExpired
from state.domain.kinds import Kind
from state.domain.times import microseconds
from state.store.fetch import run_query
from state.store.search import like_pattern
from state.store.sized_pages import SizedSelect
from state.store.sqlite_values import from_column

LOOKED_AT = 20_000
"""Changes that one page looks at. A page that is not full by then goes on with the next one."""

_HAS_FIELD = {
    "postgresql": "(position(%s in w.{0}) > 0 and (w.{0}::jsonb -> %s::text) is not null)",
    "sqlite": "(instr(w.{0}, %s) > 0 and json_type(w.{0}, '$.' || %s) is not null)",
}


@dataclass(frozen=True, slots=True)
class FoundChanges:
    """Changes, newest first; ``next_before`` is where to go on, None at the log's end.

    ``looked_to`` is the time of the oldest change that was looked at, when the page ends there
    without being full.
    """

    events: list[ChangeEvent]
    next_before: int | None
    looked_to: datetime | None = None


def find_changes(query: ChangeQuery, looked_at: int = LOOKED_AT) -> FoundChanges:
    """The changes that fit, newest first, up to ``limit`` and about a MiB."""
    position = log_position()
    stretch = _stretch(query, position)
    if stretch is None:
        return FoundChanges([], None)
    low, high = stretch
    source, parameters = _source(query, low, high, looked_at)
    conditions, more_parameters = _conditions(query)
    select = SizedSelect(
        tuple(COLUMNS.split(", ")),
        ("old_values", "new_values"),
        f"select {COLUMNS} from ({source(COLUMNS)}) w where {' and '.join(conditions)}",
        "seq desc",
    )
    rows, more = select.read([*parameters, *more_parameters], query.limit)
    events = [ChangeEvent.from_row(position.epoch, row) for row in rows]
    if more:
        return FoundChanges(events, events[-1].seq)
    [(count, oldest, at)] = run_query(
        f"select count(*), min(seq), min(at) from ({source('seq, at')}) w", parameters
    )
    if count < looked_at:
        return FoundChanges(events, None)
    return FoundChanges(events, oldest, from_column(at))


def count_changes(query: ChangeQuery, after: int, most: int) -> int:
    """How many changes that fit there are behind a number, ``most`` at most."""
    stretch = _stretch(query, log_position())
    if stretch is None:
        return 0
    source, parameters = _source(query, max(after, stretch[0]), stretch[1], LOOKED_AT)
    conditions, more_parameters = _conditions(query)
    [(count,)] = run_query(
        f"select count(*) from (select 1 from ({source(COLUMNS)}) w"
        f" where {' and '.join(conditions)} limit %s) found",
        [*parameters, *more_parameters, most],
    )
    return int(count)


def _stretch(query: ChangeQuery, position: LogPosition) -> tuple[int, int] | None:
    """Behind which change and up to which one to look; None: nothing can be there."""
    low, high = position.pruned_through, position.last_seq
    if query.before is not None:
        high = min(high, query.before - 1)
    try:
        if query.until is not None:
            high = min(high, position_at(query.until).seq)
    except CursorExpired:
        return None
    if query.since is not None and position.oldest.at_us < microseconds(query.since):
        low = max(low, position_at(query.since - timedelta(microseconds=1)).seq)
    return (low, high) if low < high else None


def _source(
    query: ChangeQuery, low: int, high: int, looked_at: int
) -> tuple[Callable[[str], str], list[Any]]:
    """The statement for the newest changes that an index finds, by its columns; its parameters.

    A state's changes are looked up a kind at a time: so each is a stretch of one index.
    """
    newest = f"seq > %s and seq <= %s order by seq desc limit {looked_at}"
    if not query.state_id:
        table = f"state_changerecord where {newest}"
        return lambda columns: f"select {columns} from {table}", [low, high]
    kinds = [query.kind] if query.kind else list(Kind)
    one = f"select * from state_changerecord where kind = %s and state_id = %s and {newest}"

    def of_state(columns: str) -> str:
        branches = " union all ".join(f"select {columns} from ({one}) b" for _ in kinds)
        return f"select {columns} from ({branches}) s order by seq desc limit {looked_at}"

    return of_state, [value for kind in kinds for value in (kind.value, query.state_id, low, high)]


def _conditions(query: ChangeQuery) -> tuple[list[str], list[Any]]:
    """What is held against each change that is looked at."""
    conditions, parameters = ["true"], []
    for column, value in (
        ("kind", query.kind and query.kind.value),
        ("actor", query.actor),
        ("change_type", query.change_type),
        ("forced", query.forced),
    ):
        if value not in (None, ""):
            conditions.append(f"w.{column} = %s")
            parameters.append(value)
    if query.reason:
        like = "ilike" if connection.vendor == "postgresql" else "like"
        conditions.append(f"w.reason {like} %s escape '\\'")
        parameters.append(like_pattern(query.reason))
    if query.field:
        either = [_HAS_FIELD[connection.vendor].format(one) for one in ("new_values", "old_values")]
        conditions.append(f"({' or '.join(either)})")
        parameters += [f'"{query.field}"', query.field] * 2
    return conditions, parameters
