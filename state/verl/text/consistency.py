"""Finds statements that contradict each other.

Each statement is laid beside those that share most with it, both ways, with the rules that judge a
claim against a source: a contradiction is a refuted claim (de Marneffe et al. 2008, "Finding
contradictions in text": antonymy, negation, numbers, and the condition that both speak of the same
event). A single second difference of date means two events, not a contradiction.
"""

from typing import NamedTuple

from state.verl.text.claims import split_claim
from state.verl.text.labelled import labelled_value
from state.verl.text.passages import Source
from state.verl.text.verdict import Label, judge_parts

CANDIDATES = 6
LEAST_SHARED = 0.4


class Contradiction(NamedTuple):
    """Two statements by index, the first below the second, and what differs."""

    first: int
    second: int
    reason: str


class _Statement:
    """A statement, read once as a claim and as a source."""

    __slots__ = ("labelled", "parts", "source", "stems")

    def __init__(self, text: str) -> None:
        self.labelled = labelled_value(text)
        self.parts = split_claim(text)
        self.source = Source(text)
        self.stems = self.source.stems()


def contradiction(first: str, second: str) -> str:
    """What makes the two statements contradict each other; empty when they do not."""
    return _between(_Statement(first), _Statement(second))


def find_contradictions(statements: list[str]) -> list[Contradiction]:
    """The contradicting pairs, in order. Statements that share no word are not compared."""
    read = [_Statement(statement) for statement in statements]
    found = []
    for first, second in sorted(_comparable(read)):
        reason = _between(read[first], read[second])
        if reason:
            found.append(Contradiction(first, second, reason))
    return found


def _comparable(statements: list[_Statement]) -> set[tuple[int, int]]:
    """The pairs that may speak of one thing: same subject, or rare words in common."""
    pairs: set[tuple[int, int]] = set()
    by_subject: dict[str, list[int]] = {}
    by_stem: dict[str, list[int]] = {}
    for number, statement in enumerate(statements):
        if statement.labelled is not None:
            by_subject.setdefault(statement.labelled[0], []).append(number)
        for stem in statement.stems:
            by_stem.setdefault(stem, []).append(number)
    for numbers in by_subject.values():
        pairs.update(
            (one, other) for one in numbers[:CANDIDATES] for other in numbers if one < other
        )
    for number, statement in enumerate(statements):
        shared: dict[int, float] = {}
        for stem in statement.stems:
            others = by_stem[stem]
            if len(others) > 1:
                gain = 1 / len(others) + 0.1
                for other in others:
                    shared[other] = shared.get(other, 0.0) + gain
        shared.pop(number, None)
        for other in sorted(shared, key=lambda one: (-shared[one], one))[:CANDIDATES]:
            theirs = statements[other].stems
            fewer = min(len(statement.stems), len(theirs))
            if len(statement.stems & theirs) >= LEAST_SHARED * fewer:
                pairs.add((min(number, other), max(number, other)))
    return pairs


def _between(first: _Statement, second: _Statement) -> str:
    mine, theirs = first.labelled, second.labelled
    if mine is not None and theirs is not None:
        if mine[0] != theirs[0] or mine[1] == theirs[1]:
            return ""
        return f"status: “{mine[0]}” is “{mine[1]}” and “{theirs[1]}”"
    for claim, source in ((second, first), (first, second)):
        judgement = judge_parts(claim.parts, source.source)
        if judgement.label is Label.REFUTED:
            return judgement.reasons[0]
    return ""
