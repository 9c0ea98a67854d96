"""Which states a list's query wants and in what order, judged on their JSON.

The same as the SQL of ``store.lists``, for states that are in no table: those of the past.
"""

import heapq
from collections.abc import Iterable, Iterator
from typing import Any

from state.domain.commands import Document
from state.domain.jsontext import encode
from state.domain.kinds import FACTS
from state.domain.queries import ListQuery
from state.domain.times import format_time

SortKey = tuple[str, ...]


def matches(query: ListQuery, document: Document) -> bool:
    """Whether a state passes every filter."""
    return all(_passes(query, name, value, document) for name, value in query.filters.items())


def _passes(query: ListQuery, name: str, wanted: Any, document: Document) -> bool:
    if name == "q":
        return holds(document, wanted.lower())
    if name == "updatedSince":
        return bool(document["lastUpdated"] >= format_time(wanted))
    condition = query.kind.spec.filters[name]
    [column] = [one for one in query.kind.spec.columns if one.name == condition.column]
    value = column.value(document)
    return bool(value >= wanted if condition.comparison == ">=" else value == wanted)


def holds(value: Any, text: str) -> bool:
    """Whether a value in it, and not a name, holds the text, which is in lower case."""
    if isinstance(value, dict):
        return any(holds(one, text) for name, one in value.items() if name != FACTS)
    if isinstance(value, list):
        return any(holds(one, text) for one in value)
    if isinstance(value, str):
        return text in value.lower()
    if isinstance(value, bool) or value is None:
        return False
    return text in encode(value).decode()


def sort_key_of(query: ListQuery, document: Document) -> SortKey:
    """Where a state stands in the query's order: its time if that is asked for, and its id."""
    state_id: str = document[query.kind.id_field]
    return (state_id,) if query.column == "id" else (document[query.column], state_id)


def first_of(
    query: ListQuery, documents: Iterable[tuple[Document, Any]], count: int
) -> list[tuple[SortKey, Any]]:
    """The first ``count`` behind the query's page token, in its order: no more are kept."""
    take = heapq.nlargest if query.descending else heapq.nsmallest
    return take(count, _behind(query, documents), key=lambda found: found[0])


def _behind(
    query: ListQuery, documents: Iterable[tuple[Document, Any]]
) -> Iterator[tuple[SortKey, Any]]:
    for document, brought in documents:
        if not matches(query, document):
            continue
        sort_key = sort_key_of(query, document)
        after = query.after
        if after is None or (sort_key < after if query.descending else sort_key > after):
            yield sort_key, brought
