"""Scores what was found: by evidence and its spread, never by the length of the text."""

from collections.abc import Sequence
from dataclasses import dataclass

from .facts import Fact
from .index import Index
from .terms import terms

ENOUGH_SOURCES = 3
# A fact agrees with another source when both share this many terms the question did not bring.
SHARED_TERMS = 2
COVERAGE_SHARE, DIVERSITY_SHARE, AGREEMENT_SHARE = 0.5, 0.25, 0.25


@dataclass(frozen=True)
class Quality:
    """Three views of the facts, each from 0 to 1.

    coverage: the share of the question's terms, by weight, that the facts or the names of their
        sources mention (what a README says of "it" is about its package).
    diversity: how many sources they come from, full at `ENOUGH_SOURCES`.
    agreement: the share of facts that a fact from another source backs.
    """

    coverage: float
    diversity: float
    agreement: float

    @property
    def score(self) -> float:
        return round(
            COVERAGE_SHARE * self.coverage
            + DIVERSITY_SHARE * self.diversity
            + AGREEMENT_SHARE * self.agreement,
            3,
        )


def assess(facts: Sequence[Fact], question: Sequence[str], index: Index) -> Quality:
    """How well these facts answer the question."""
    if not facts:
        return Quality(0.0, 0.0, 0.0)
    said = [set(terms(fact.content)) for fact in facts]
    mentioned = set().union(*said, *(terms(fact.source) for fact in facts))
    wanted = {term: index.weight(term) for term in set(question)}
    # A term that no passage has weighs as much as the heaviest: not finding it is a gap as well.
    heaviest = max(wanted.values(), default=0.0) or 1.0
    wanted = {term: weight or heaviest for term, weight in wanted.items()}
    covered = sum(weight for term, weight in wanted.items() if term in mentioned)
    own = [words - set(question) for words in said]
    backed = sum(_is_backed(number, facts, own) for number in range(len(facts)))
    return Quality(
        coverage=covered / sum(wanted.values()) if wanted else 0.0,
        diversity=min(1.0, len({fact.source for fact in facts}) / ENOUGH_SOURCES),
        agreement=backed / len(facts),
    )


def uncovered(facts: Sequence[Fact], question: Sequence[str]) -> list[str]:
    """The question's terms that no fact mentions yet."""
    mentioned = {term for fact in facts for term in terms(f"{fact.content} {fact.source}")}
    return [term for term in dict.fromkeys(question) if term not in mentioned]


def _is_backed(number: int, facts: Sequence[Fact], own: Sequence[set[str]]) -> bool:
    return any(
        facts[other].source != facts[number].source
        and len(own[other] & own[number]) >= SHARED_TERMS
        for other in range(len(facts))
    )
