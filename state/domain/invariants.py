"""What must be true of a state whatever wrote it (contract §7)."""

from typing import Any

from state.domain.errors import error
from state.domain.facts import Fact
from state.domain.kinds import Kind
from state.domain.times import parse_time

Document = dict[str, Any]


def broken_invariants(
    kind: Kind,
    old: Document | None,
    new: Document,
    facts: list[Fact],
    verified_threshold: float,
) -> list[dict[str, str]]:
    """The invariants the change would break, as ``{"field", "message"}``; empty when none.

    ``facts`` are the facts that this write adds or changes.
    """
    if kind is Kind.RESEARCH:
        return _research(old, new) + _verified_facts(facts, verified_threshold)
    if kind is Kind.VERIFICATION:
        return _verified(new, "", verified_threshold)
    return []


def _research(old: Document | None, new: Document) -> list[dict[str, str]]:
    broken = []
    if old is not None and new["iterationCount"] < old["iterationCount"]:
        broken.append(
            error("iterationCount", f"never goes down; it was {old['iterationCount']} already")
        )
    completed = new["completedAt"]
    if completed is None and new["status"] == "Completed":
        broken.append(error("completedAt", "a Completed research has one"))
    if completed is not None and parse_time(completed) < parse_time(new["startedAt"]):
        broken.append(error("completedAt", "is before startedAt"))
    return broken


def _verified_facts(facts: list[Fact], threshold: float) -> list[dict[str, str]]:
    return [
        problem
        for index, fact in enumerate(facts)
        for problem in _verified(fact, f"extractedFacts[{index}].", threshold)
    ]


def _verified(judged: Document, prefix: str, threshold: float) -> list[dict[str, str]]:
    if judged["isVerified"] and judged["confidenceScore"] < threshold:
        return [error(f"{prefix}isVerified", f"needs a confidenceScore of at least {threshold}")]
    return []
