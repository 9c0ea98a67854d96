"""Judges the content of a state before it is stored: invariants, then the content verifiers."""

import logging
from dataclasses import dataclass

from state.domain.commands import Document
from state.domain.errors import VerificationRejected, VerifierUnavailable
from state.domain.facts import Fact
from state.domain.kinds import FACTS, Kind
from state.domain.verdict import ACCEPTED, Verdict, Verifier

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """The deployment's policy (contract §7)."""

    transitions: str = "default"
    verified_threshold: float = 0.75
    confidence_threshold: float = 0.8
    verifiers: tuple[Verifier, ...] = ()
    lets_through_unverified: bool = False


def judge(kind: Kind, old: Document | None, new: Document, facts: list[Fact], rules: Rules) -> None:
    """Raises VerificationRejected below the threshold, or VerifierUnavailable.

    ``facts`` are those that this write adds or changes.
    """
    broken = kind.spec.invariants(old, new, facts, rules.verified_threshold)
    if broken:
        issues = [f"{problem['field']} {problem['message']}" for problem in broken]
        raise VerificationRejected("; ".join(issues), confidence=0.0, issues=issues, errors=broken)
    if not rules.verifiers:
        return
    verdict = ACCEPTED
    for verifier in rules.verifiers:
        try:
            verdict = verdict.and_also(_ask(verifier, kind, old, {**new, FACTS: facts}))
        except VerifierUnavailable:
            if not rules.lets_through_unverified:
                raise
    if not verdict.is_valid or verdict.confidence < rules.confidence_threshold:
        raise VerificationRejected(
            "; ".join(verdict.issues) or f"The confidence is {verdict.confidence}.",
            confidence=verdict.confidence,
            issues=list(verdict.issues),
        )


def _ask(verifier: Verifier, kind: Kind, old: Document | None, new: Document) -> Verdict:
    """A verifier's verdict; raises VerifierUnavailable for whatever keeps it from giving one."""
    try:
        # and_also: what is no Verdict fails here, and not in the middle of the transaction.
        return ACCEPTED.and_also(verifier.verify(kind, old, new))
    except VerifierUnavailable:
        raise
    except Exception as error:
        # Others' code: its failure must not take the other writes of the transaction with it.
        logger.exception("The verifier %s failed.", type(verifier).__qualname__)
        raise VerifierUnavailable() from error
