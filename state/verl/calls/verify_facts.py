"""``POST /api/verl/verify-facts``: which facts a source supports, refutes, or says nothing of."""

from msgspec import Struct

from state.verl.calls.limits import check_count, check_text
from state.verl.text.passages import Source
from state.verl.text.verdict import Label, judge


class VerifyFactsRequest(Struct, rename="camel", kw_only=True):
    """``source`` is text; the door puts a research's own text where its id stands."""

    facts: list[str]
    source: str


class Evidence(Struct, rename="camel"):
    """The passage that decided: ``source[start:end] == text``."""

    text: str
    start: int
    end: int


class FactVerdict(Struct, rename="camel", kw_only=True):
    """``verdict`` is supported, refuted or unknown."""

    fact: str
    verdict: str
    confidence: float
    support: float
    evidence: Evidence | None
    reasons: list[str]


class VerifyFactsAnswer(Struct, rename="camel", kw_only=True):
    """``verification_score`` is the share of the facts that are supported; 0 without facts."""

    verified_count: int
    total_count: int
    unreliable_facts: list[str]
    verification_score: float
    verdicts: list[FactVerdict]


def verify_facts(request: VerifyFactsRequest) -> VerifyFactsAnswer:
    """One verdict a fact, in order; raises Invalid past the limits."""
    check_count("facts", len(request.facts))
    check_text("facts", [*request.facts, request.source])
    source = Source(request.source)
    verdicts = [_verdict(fact, source) for fact in request.facts]
    verified = sum(verdict.verdict == Label.SUPPORTED for verdict in verdicts)
    return VerifyFactsAnswer(
        verified_count=verified,
        total_count=len(verdicts),
        unreliable_facts=[
            verdict.fact for verdict in verdicts if verdict.verdict != Label.SUPPORTED
        ],
        verification_score=round(verified / len(verdicts), 4) if verdicts else 0.0,
        verdicts=verdicts,
    )


def _verdict(fact: str, source: Source) -> FactVerdict:
    judgement = judge(fact, source)
    evidence = None
    if judgement.passage is not None:
        start, end = judgement.passage
        evidence = Evidence(source.text[start:end], start, end)
    return FactVerdict(
        fact=fact,
        verdict=judgement.label.value,
        confidence=judgement.confidence,
        support=judgement.support,
        evidence=evidence,
        reasons=list(judgement.reasons),
    )
