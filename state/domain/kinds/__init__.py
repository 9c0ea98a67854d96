"""The three kinds of state: a file each says what one is, and nothing else says it again."""

from state.domain.ids import ID_PATTERN, ID_RULE, Id, is_id
from state.domain.kinds.agent import AGENT
from state.domain.kinds.filters import SHARED_FILTERS, Filter
from state.domain.kinds.kind import FACTS, Column, Kind, KindSpec
from state.domain.kinds.research import RESEARCH
from state.domain.kinds.verification import VERIFICATION

for _spec in (AGENT, RESEARCH, VERIFICATION):
    # On the member itself: hashing an enum costs more than what is looked up with it.
    _spec.kind.spec = _spec

__all__ = [
    "FACTS",
    "ID_PATTERN",
    "ID_RULE",
    "SHARED_FILTERS",
    "Column",
    "Filter",
    "Id",
    "Kind",
    "KindSpec",
    "is_id",
]
