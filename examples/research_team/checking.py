"""Checks a statement against the text it claims to come from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .corpus import read_text
from .terms import words

RUN_LENGTH = 3
# The product's own default: below it, isVerified is refused (LIGHTNING_VERIFIED_THRESHOLD).
VERIFIED_FROM = 0.75
# Words that point at an earlier sentence, and what a fact that begins with one is worth.
POINTERS = frozenset({"it", "its", "this", "these", "that", "those", "they", "such", "he", "she"})
OUT_OF_CONTEXT = 0.6


@dataclass(frozen=True)
class Check:
    """The share of the statement that its source supports, and what is wrong with it."""

    confidence: float
    issues: tuple[str, ...] = ()

    @property
    def is_verified(self) -> bool:
        return self.confidence >= VERIFIED_FROM


def check_fact(statement: str, folder: Path, source: str) -> Check:
    """A fact must stand in its source, and be understood without it."""
    check = check_against_source(statement, folder, source)
    pointer = next(iter(words(statement)), "")
    if pointer in POINTERS:
        issue = f'begins with "{pointer}", which only the text before it explains'
        return Check(min(check.confidence, OUT_OF_CONTEXT), (*check.issues, issue))
    return check


def check_against_source(statement: str, folder: Path, source: str) -> Check:
    """Read the source again, from disk, and look for the statement in it."""
    path = folder / source
    if not path.is_file():
        return Check(0.0, (f"{source} is not there any more",))
    return check_against_text(statement, [read_text(path)])


def check_against_text(statement: str, texts: Iterable[str]) -> Check:
    """The share of the statement's runs of three words that stand in one of the texts.

    A sentence that was copied scores 1; one whose words were exchanged or negated loses every
    run that the change touches.
    """
    runs = _runs(words(statement))
    if not runs:
        return Check(0.0, ("nothing to check: the statement has no words",))
    support = max((len(runs & _runs(words(text))) / len(runs) for text in texts), default=0.0)
    if support >= 1.0:
        return Check(1.0)
    return Check(round(support, 3), (f"{1 - support:.0%} of it does not stand in the source",))


def _runs(sequence: Sequence[str]) -> set[tuple[str, ...]]:
    length = min(RUN_LENGTH, len(sequence))
    return {tuple(sequence[at : at + length]) for at in range(len(sequence) - length + 1) if length}
