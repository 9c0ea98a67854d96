"""Lists of states, by keyset paging: page 1,000 costs what page 1 costs."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from state.domain.errors import BadPage, TooLarge
from state.domain.kinds import Kind
from state.domain.queries import ListQuery
from state.domain.times import format_time, parse_time
from state.store.columns import TABLES
from state.store.fetch import run_query
from state.store.search import holding
from state.store.sized_pages import SizedSelect
from state.store.sqlite_values import from_column, to_column

LISTED_BYTES = 4 * 1024 * 1024
SOURCE_BYTES = 32 * 1024 * 1024
_MOST_OF_SOURCE = 100_000
_ORDER_COLUMNS = {"id": "id", "createdAt": "created_at", "lastUpdated": "updated_at"}


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Documents of states in order (facts aside), their ids and versions, the next page's token."""

    ids: list[str]
    versions: list[int]
    items: list[bytes]
    next: str | None


def list_states(query: ListQuery) -> ListedPage:
    """One page of live states, up to ``limit`` and about 4 MiB.

    Raises BadPage for a token whose place cannot be read.
    """
    column = _ORDER_COLUMNS[query.column]
    conditions, parameters = matching(query)
    direction = "desc" if query.descending else "asc"
    order = "id {0}" if column == "id" else "place {0}, id {0}"
    select = SizedSelect(
        ("id", "place", "document", "version"),
        ("document",),
        f"select id, {column} as place, document, version from {TABLES[query.kind]}"
        f" where {' and '.join(conditions)}",
        order.format(direction),
        LISTED_BYTES,
    )
    rows, more = select.read(parameters, query.limit)
    token = None
    if more:
        last_id, key, *_ = rows[-1]
        token = query.token(*(() if column == "id" else (format_time(from_column(key)),)), last_id)
    return ListedPage(
        ids=[row[0] for row in rows],
        versions=[row[3] for row in rows],
        items=[row[2].encode() for row in rows],
        next=token,
    )


def matching(query: ListQuery) -> tuple[list[str], list[Any]]:
    """The SQL conditions of a query's states, and their parameters."""
    conditions, parameters = ["live"], []
    for name, value in query.filters.items():
        if name in query.kind.spec.filters:
            condition = query.kind.spec.filters[name]
            conditions.append(f"{condition.column} {condition.comparison} %s")
            parameters.append(value)
        elif name == "updatedSince":
            conditions.append("updated_at >= %s")
            parameters.append(_time(value))
        elif name == "q":
            holds, patterns = holding(value)
            conditions.append(holds)
            parameters += patterns
    if query.after is not None:
        comparison = "<" if query.descending else ">"
        if query.column == "id":
            conditions.append(f"id {comparison} %s")
            parameters.append(query.after[0])
        else:
            conditions.append(f"({_ORDER_COLUMNS[query.column]}, id) {comparison} (%s, %s)")
            parameters += [_keyset_value(query.after[0]), query.after[1]]
    return conditions, parameters


def _keyset_value(text: str) -> Any:
    try:
        return _time(parse_time(text))
    except ValueError as error:
        raise BadPage() from error


def _time(value: Any) -> Any:
    return value if connection.vendor == "postgresql" else to_column(value)


def _facts(comparison: str, direction: str) -> SizedSelect:
    return SizedSelect(
        ("position", "document"),
        ("document",),
        "select position, document from state_fact where research_id = %s and valid_to is null"
        f" and position {comparison} %s",
        f"position {direction}",
        LISTED_BYTES,
    )


_OLDEST_FIRST, _NEWEST_FIRST = _facts(">", "asc"), _facts("<", "desc")


def list_facts(
    research_id: str, limit: int, behind: int | None, *, newest_first: bool = False
) -> tuple[list[tuple[int, bytes]], bool] | None:
    """A research's facts behind a position, up to ``limit`` and about 4 MiB, and whether there are
    more; None when there is no such research.
    """
    if not run_query("select 1 from state_researchstate where id = %s and live", [research_id]):
        return None
    if behind is None:
        behind = 2**62 if newest_first else -1
    select = _NEWEST_FIRST if newest_first else _OLDEST_FIRST
    rows, more = select.read([research_id, behind], limit)
    return [(position, document.encode()) for position, document in rows], more


def verifications_of(source_id: str) -> list[tuple[str, int, bytes]]:
    """A source's live verifications, newest first: id, version and JSON of each.

    Raises TooLarge past 32 MiB: it is all of them or none.
    """
    select = SizedSelect(
        ("id", "version", "verified_at", "document"),
        ("document",),
        "select id, version, verified_at, document"
        f" from {TABLES[Kind.VERIFICATION]} where source_id = %s and live",
        "verified_at desc, version desc, id desc",
        SOURCE_BYTES,
    )
    rows, more = select.read([source_id], _MOST_OF_SOURCE)
    if more:
        raise TooLarge(f"{source_id} has more than 32 MiB of verifications.")
    return [(state_id, version, document.encode()) for state_id, version, _, document in rows]


def count_states() -> tuple[tuple[str, int, Any], dict[tuple[str, str], int]]:
    """The log's epoch, last ``seq`` and its time, and how many live states each kind's groups have.

    One statement, so that the counts are those of exactly that position in the log.
    """
    rows = run_query(
        "select l.epoch, coalesce(n.seq, l.pruned_through), n.at,"
        ' c.kind, c."group", c.total from state_changelog l'
        " left join (select seq, at from state_changerecord order by seq desc limit 1) n on true"
        " left join state_statecount c on true"
    )
    epoch, seq, at = rows[0][:3]
    counts = {(kind, group): total for _, _, _, kind, group, total in rows if kind}
    return (epoch, seq, from_column(at)), counts
