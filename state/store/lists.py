"""Lists of states, by keyset paging: page 1,000 costs what page 1 costs."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from state.domain.errors import BadPage
from state.domain.jsontext import encode
from state.domain.kinds import Kind
from state.domain.queries import ListQuery
from state.domain.times import format_time, parse_time
from state.store.columns import TABLES
from state.store.fetch import run_query
from state.store.sqlite_values import from_column, to_column

_ORDER_COLUMNS = {"id": "id", "createdAt": "created_at", "lastUpdated": "updated_at"}


# Whether a value of the document holds a text. The cheap look over the whole text, names of fields
# and all, comes first: only what it lets through is taken apart.
_HOLDS = {
    "postgresql": "document ilike %s escape '\\' and exists (select from jsonb_path_query("
    'document::jsonb, \'strict $.** ? (@.type() == "string" || @.type() == "number")\')'
    " as v (value) where v.value #>> '{}' ilike %s escape '\\')",
    "sqlite": "document like %s escape '\\' and exists (select 1 from json_tree(document)"
    " where type in ('text', 'integer', 'real') and atom like %s escape '\\')",
}


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Documents of states in order (facts aside), their ids and versions, the next page's token."""

    ids: list[str]
    versions: list[int]
    items: list[bytes]
    next: str | None


def list_states(query: ListQuery) -> ListedPage:
    """One page of live states; raises BadPage for a token whose place cannot be read."""
    column = _ORDER_COLUMNS[query.column]
    conditions, parameters = _conditions(query)
    direction = "desc" if query.descending else "asc"
    order = "id {0}" if column == "id" else f"{column} {{0}}, id {{0}}"
    rows = run_query(
        f"select id, {column}, document, version from {TABLES[query.kind]}"
        f" where {' and '.join(conditions)} order by {order.format(direction)} limit %s",
        [*parameters, query.limit + 1],
    )
    token = None
    if len(rows) > query.limit:
        rows = rows[: query.limit]
        last_id, key, *_ = rows[-1]
        token = query.token(*(() if column == "id" else (format_time(from_column(key)),)), last_id)
    return ListedPage(
        ids=[row[0] for row in rows],
        versions=[row[3] for row in rows],
        items=[row[2].encode() for row in rows],
        next=token,
    )


def _conditions(query: ListQuery) -> tuple[list[str], list[Any]]:
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
            conditions.append(_HOLDS[connection.vendor])
            # A document is JSON text: there a quotation mark stands behind a backslash.
            in_json = encode(value)[1:-1].decode()
            parameters += [f"%{_escaped(text)}%" for text in (in_json, value)]
    if query.after is not None:
        comparison = "<" if query.descending else ">"
        if query.column == "id":
            conditions.append(f"id {comparison} %s")
            parameters.append(query.after[0])
        else:
            conditions.append(f"({_ORDER_COLUMNS[query.column]}, id) {comparison} (%s, %s)")
            parameters += [_place(query.after[0]), query.after[1]]
    return conditions, parameters


def _place(text: str) -> Any:
    try:
        return _time(parse_time(text))
    except ValueError as error:
        raise BadPage() from error


def _time(value: Any) -> Any:
    return value if connection.vendor == "postgresql" else to_column(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def list_facts(
    research_id: str, limit: int, after_position: int
) -> tuple[bool, list[tuple[int, bytes]]]:
    """Whether the research is there, and its facts behind a position, one more than ``limit``."""
    rows = run_query(
        "select f.position, f.document from state_researchstate s"
        " left join state_fact f on f.research_id = s.id and f.valid_to is null"
        " and f.position > %s where s.id = %s and s.live order by f.position limit %s",
        [after_position, research_id, limit + 1],
    )
    found = [(position, document.encode()) for position, document in rows if document is not None]
    return bool(rows), found


def verifications_of(source_id: str) -> list[tuple[str, int, bytes]]:
    """A source's live verifications, newest first: id, version and JSON of each."""
    rows = run_query(
        f"select id, version, document from {TABLES[Kind.VERIFICATION]}"
        " where source_id = %s and live order by verified_at desc, version desc, id desc",
        [source_id],
    )
    return [(state_id, version, document.encode()) for state_id, version, document in rows]


def count_states() -> tuple[tuple[str, int, Any], dict[tuple[str, str], int]]:
    """The log's epoch, last ``seq`` and its time, and how many live states each kind's groups have.

    One statement, so that the counts are those of exactly that place in the log.
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
