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
    leading = _leading(query)
    conditions, parameters = _page_of(query, leading)
    keys = [*leading, *([] if column == "id" else ["place"]), "id"]
    direction = "desc" if query.descending else "asc"
    select = SizedSelect(
        ("id", "place", "document", "version"),
        ("document",),
        f"select {', '.join(['id', f'{column} as place', 'document', 'version', *leading])}"
        f" from {TABLES[query.kind]} where {' and '.join(conditions)}",
        ", ".join(f"{key} {direction}" for key in keys),
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
    """The SQL conditions of a query's states, whatever the page, and their parameters."""
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
    return conditions, parameters


def _leading(query: ListQuery) -> dict[str, Any]:
    """The column of a query's only filter, if that is an equality, and its value.

    Such a list is ordered by that column first, and asks for a range of it in place of the
    equality. It is the same list, but only the index that begins with the column has its order.
    With an equality PostgreSQL may take the ordering's own index and pass over what does not fit,
    in the belief that what fits is spread evenly: of states whose older half is Completed it reads
    that half for the first page of the others.
    """
    if len(query.filters) != 1:
        return {}
    [(name, value)] = query.filters.items()
    condition = query.kind.spec.filters.get(name)
    if condition is None or condition.comparison != "=":
        return {}
    return {condition.column: value}


def _page_of(query: ListQuery, leading: dict[str, Any]) -> tuple[list[str], list[Any]]:
    """The conditions of the page, and their parameters."""
    conditions, parameters = (["live"], []) if leading else matching(query)
    after = query.after
    behind, until = ("<", ">=") if query.descending else (">", "<=")
    for column, value in leading.items():
        conditions.append(f"{column} {until} %s")
        parameters.append(value)
        if after is None:
            conditions.append(f"{column} {'<=' if query.descending else '>='} %s")
            parameters.append(value)
    if after is not None:
        column = _ORDER_COLUMNS[query.column]
        keys = dict(leading)
        if column != "id":
            keys[column] = _keyset_value(after[0])
        keys["id"] = after[-1]
        places = ", ".join("%s" for _ in keys)
        conditions.append(f"({', '.join(keys)}) {behind} ({places})")
        parameters += keys.values()
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
