"""The fleet as it was at a position in the log: lists, counts."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from state.changelog.cursor import Cursor
from state.changelog.density import Density, read_density
from state.domain.commands import Document
from state.domain.errors import TooLarge
from state.domain.kinds import Kind
from state.domain.queries import ListQuery
from state.domain.selection import first_of
from state.store.past import StateThen, has_more_states_than, states_at

MOST_STATES = 100_000
"""Of a kind, that one question goes through; more are for ``GET /api/v1/snapshot``, a stream."""


@dataclass(frozen=True, slots=True)
class PastPage:
    """One page of a list as it was; ``counts`` are of the whole kind, by its groups, and ``facet``
    by the values of the field that was asked about.
    """

    items: list[bytes]
    next: str | None
    counts: Counter[str]
    facet: Counter[str]


def list_states_at(query: ListQuery, position: Cursor, *, facet: str = "") -> PastPage:
    """One page of the states at a position, with what is counted of all of them, in one pass.

    Raises CursorExpired, and TooLarge for a kind of more than ``MOST_STATES``.
    """
    _check_size(query.kind)
    counts: Counter[str] = Counter()
    values: Counter[str] = Counter()

    def each() -> Iterator[tuple[Document, StateThen]]:
        for state in states_at(query.kind, position.seq):
            counts[query.kind.spec.group(state.document)] += 1
            if facet:
                values[state.document[facet]] += 1
            yield state.document, state

    found = first_of(query, each(), query.limit + 1)
    shown = found[: query.limit]
    token = query.token(*shown[-1][0]) if len(found) > query.limit else None
    return PastPage([state.body for _, state in shown], token, counts, values)


def count_states_at(kind: Kind, position: Cursor) -> Counter[str]:
    """How many live states of each group there were; raises as ``list_states_at``."""
    _check_size(kind)
    return Counter(kind.spec.group(state.document) for state in states_at(kind, position.seq))


def summary_of(counts: dict[Kind, Counter[str]]) -> dict[str, Any]:
    """Counts in the form of ``reading.summary``, for the kinds that were counted."""
    return {
        kind.segment: {
            "total": of_kind.total(),
            "byStatus": {status: of_kind[status] for status in kind.statuses},
        }
        for kind, of_kind in counts.items()
    }


def changes_over_time(stretches: int) -> Density:
    """How the changes of the log are spread over its time."""
    return read_density(stretches)


def _check_size(kind: Kind) -> None:
    if has_more_states_than(kind, MOST_STATES):
        raise TooLarge(
            f"The past of more than {MOST_STATES:,} {kind.segment} is not shown here:"
            " GET /api/v1/snapshot?at=… streams it."
        )
