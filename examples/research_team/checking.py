"""Has statements checked against the text they claim to come from, by the verification layer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lightning_client import FactsVerdict, FactVerdict

from .corpus import read_text
from .terms import words

Verify = Callable[[Sequence[str], str], FactsVerdict]
"""A verdict for every fact, given the text of their source: ``Lightning.verify_facts``."""

# The product's own default: below it, isVerified is refused (LIGHTNING_VERIFIED_THRESHOLD).
VERIFIED_FROM = 0.75
# Words that point at an earlier sentence, and what a fact that begins with one is worth.
POINTERS = frozenset({"it", "its", "this", "these", "that", "those", "they", "such", "he", "she"})
OUT_OF_CONTEXT = 0.6
# What is not supported stays below VERIFIED_FROM, however much of it the source has.
NOT_SUPPORTED = 0.7


@dataclass(frozen=True)
class Check:
    """The share of the statement that its source supports, and what is wrong with it."""

    confidence: float
    issues: tuple[str, ...] = ()

    @property
    def is_verified(self) -> bool:
        return self.confidence >= VERIFIED_FROM


def check_facts(
    verify: Verify, statements: Sequence[str], folder: Path, source: str
) -> list[Check]:
    """Facts must stand in their source, read again from disk, and be understood without it."""
    path = folder / source
    if not path.is_file():
        return [Check(0.0, (f"{source} is not there any more",)) for _ in statements]
    checks = check_against_text(verify, statements, read_text(path))
    return [
        _out_of_context(statement, check)
        for statement, check in zip(statements, checks, strict=True)
    ]


def check_against_text(verify: Verify, statements: Sequence[str], text: str) -> list[Check]:
    """What the verification layer says of the statements, given this text."""
    return [_check(verdict) for verdict in verify(statements, text).verdicts]


def _check(verdict: FactVerdict) -> Check:
    if verdict.verdict == "supported":
        return Check(round(max(verdict.support, VERIFIED_FROM), 3))
    issue = f"{verdict.verdict} by the source: {'; '.join(verdict.reasons[:3])}"
    return Check(round(min(verdict.support, NOT_SUPPORTED), 3), (issue,))


def _out_of_context(statement: str, check: Check) -> Check:
    pointer = next(iter(words(statement)), "")
    if pointer not in POINTERS:
        return check
    issue = f'begins with "{pointer}", which only the text before it explains'
    return Check(min(check.confidence, OUT_OF_CONTEXT), (*check.issues, issue))
