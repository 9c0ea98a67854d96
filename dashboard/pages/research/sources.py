"""The sources of a research, and which of the facts on the page came from each."""

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from dashboard.pages.research.facts import FactRow, source_cell
from dashboard.parts.cells import Cell

MOST = 100


class Source(Struct, kw_only=True):
    """``first_fact`` is the newest fact on the page that names this source."""

    cell: Cell
    facts: int
    first_fact: str


class Sources(Struct, kw_only=True):
    shown: list[Source]
    more: int


def present_sources(sources: Sequence[str], facts: Iterable[FactRow]) -> Sources:
    facts = list(facts)
    counts = Counter(fact.source for fact in facts)
    first = {fact.source: fact.id for fact in reversed(facts)}
    shown = [
        Source(cell=source_cell(source), facts=counts[source], first_fact=first.get(source, ""))
        for source in sources[:MOST]
    ]
    return Sources(shown=shown, more=max(0, len(sources) - MOST))
