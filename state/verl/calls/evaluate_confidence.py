"""``POST /api/verl/evaluate-confidence``: how well a text is evidenced, or a state would pass.

The score comes from structure and evidence, never from length.
"""

from collections.abc import Mapping

from msgspec import Struct

from state.domain.kinds import Kind
from state.verl.calls.limits import check_text
from state.verl.calls.state_rules import CONTEXTS, StateReport, read_state
from state.verl.text.consistency import find_contradictions
from state.verl.text.evidence import Factor, certainty, sourcing, specificity
from state.verl.text.passages import Source
from state.verl.text.verdict import Label, judge

_WEIGHTS = {
    "sourcing": 0.3,
    "specificity": 0.2,
    "certainty": 0.2,
    "consistency": 0.15,
    "agreement": 0.15,
}
_COMPARED_SENTENCES = 100
_NEUTRAL = 0.5


class EvaluateConfidenceRequest(Struct, rename="camel", kw_only=True):
    """``context`` names a kind of state, or is a text that the content should agree with."""

    content: str
    context: str | None = None


class EvaluateConfidenceAnswer(Struct, rename="camel", kw_only=True):
    """Each factor is 0–1; ``reasoning`` says which factor moved the score, by what words."""

    score: float
    factors: dict[str, float]
    reasoning: str


def evaluate_confidence(
    request: EvaluateConfidenceRequest,
    confidence_threshold: float = 0.8,
    verified_threshold: float = 0.75,
) -> EvaluateConfidenceAnswer:
    """Scores a text by its evidence, or a state by what a write would say; raises Invalid past
    the limits.
    """
    context = request.context or ""
    check_text("content", (request.content, context))
    kind = CONTEXTS.get(context.strip().lower())
    if kind is not None:
        report = read_state(kind, request.content, verified_threshold)
        return _of_state(kind, report, confidence_threshold)
    return _of_text(request.content, context)


def _of_text(content: str, context: str) -> EvaluateConfidenceAnswer:
    if not content.strip():
        return EvaluateConfidenceAnswer(
            score=0.0, factors=dict.fromkeys(_WEIGHTS, 0.0), reasoning="The content is empty."
        )
    source = Source(content)
    factors = {
        "sourcing": sourcing(content, source),
        "specificity": specificity(source),
        "certainty": certainty(content, source),
        "consistency": _consistency(source),
        "agreement": _agreement(source, context),
    }
    score = sum(_WEIGHTS[name] * factor.score for name, factor in factors.items())
    # What contradicts itself or its context is not made good by sources.
    score *= min(1.0, 0.4 + factors["consistency"].score * 0.6)
    score *= min(1.0, 0.5 + factors["agreement"].score)
    return EvaluateConfidenceAnswer(
        score=round(score, 4),
        factors={name: round(factor.score, 4) for name, factor in factors.items()},
        reasoning=_reasoning(factors),
    )


def _consistency(source: Source) -> Factor:
    """1 when no two sentences contradict each other."""
    spans = [source.text[one.start : one.end] for one in source.sentences[:_COMPARED_SENTENCES]]
    found = find_contradictions(spans)
    involved = {index for pair in found for index in (pair.first, pair.second)}
    words = tuple(f"{spans[pair.first]} / {spans[pair.second]}" for pair in found)
    return Factor(1 - len(involved) / max(1, len(spans)), words)


def _agreement(source: Source, context: str) -> Factor:
    """How far the context supports the content; 0.5 when it says nothing of it."""
    beside = Source(context)
    if not beside.sentences:
        return Factor(_NEUTRAL, ())
    total, words = 0.0, []
    for sentence in source.sentences[:_COMPARED_SENTENCES]:
        text = source.text[sentence.start : sentence.end]
        judgement = judge(text, beside)
        if judgement.label is Label.SUPPORTED:
            total += 1.0
            words.append(text)
        elif judgement.label is Label.REFUTED:
            words.append(text)
        else:
            total += _NEUTRAL + 0.5 * max(0.0, judgement.support - 0.3)
    return Factor(
        min(1.0, total / max(1, len(source.sentences[:_COMPARED_SENTENCES]))), tuple(words)
    )


def _reasoning(factors: Mapping[str, Factor]) -> str:
    """The factors by how far they moved the score from the middle, with the words that did."""
    moved = sorted(factors, key=lambda name: -abs(factors[name].score - _NEUTRAL) * _WEIGHTS[name])
    parts = []
    for name in moved:
        factor = factors[name]
        if factor.score == _NEUTRAL:
            continue
        direction = "raised" if factor.score > _NEUTRAL else "lowered"
        quoted = ", ".join(f"“{word[:80]}”" for word in factor.words[:3])
        by = f" by {quoted}" if quoted else f" ({_ABSENT[name][factor.score > _NEUTRAL]})"
        parts.append(f"{name} {direction} the score to {factor.score:.2f}{by}")
    text = "; ".join(parts) or "nothing moved the score"
    return f"{text[0].upper()}{text[1:]}."


_ABSENT = {
    "sourcing": ("no source, link or attribution", "sources"),
    "specificity": ("no number, date or name", "specifics"),
    "certainty": ("hedges", "no hedges or vague words"),
    "consistency": ("contradictions", "no contradictions"),
    "agreement": ("the context says otherwise", "the context agrees"),
}


def _of_state(kind: Kind, report: StateReport, threshold: float) -> EvaluateConfidenceAnswer:
    """1 for a state a write would take, less for weak evidence; below the threshold else."""
    factors = {
        "shape": 0.0 if report.shape else 1.0,
        "invariants": 0.0 if report.shape or report.invariants else 1.0,
        "evidence": 0.0 if report.shape else _state_evidence(kind, report.document),
    }
    refused = [*report.shape, *report.invariants]
    if refused:
        score = 0.0 if report.shape else threshold / 2
        reasoning = f"A write would refuse it: {'; '.join(refused)}."
    else:
        score = threshold + (1 - threshold) * factors["evidence"]
        reasoning = (
            f"A write would take it; evidence moved the score to {score:.2f}: "
            f"{_evidence_words(kind, report.document)}."
        )
    return EvaluateConfidenceAnswer(score=round(score, 4), factors=factors, reasoning=reasoning)


def _state_evidence(kind: Kind, document: Mapping[str, object]) -> float:
    if kind is Kind.VERIFICATION:
        return _number(document["confidenceScore"])
    if kind is Kind.RESEARCH:
        facts = document["extractedFacts"]
        assert isinstance(facts, list)
        if not facts:
            return _number(document["currentQualityScore"])
        verified = sum(bool(fact["isVerified"]) for fact in facts) / len(facts)
        sourced = sum(bool(fact["source"]) for fact in facts) / len(facts)
        return round((verified + sourced) / 2, 4)
    return 1.0


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _evidence_words(kind: Kind, document: Mapping[str, object]) -> str:
    if kind is Kind.VERIFICATION:
        return f"confidenceScore is {document['confidenceScore']}"
    if kind is Kind.RESEARCH:
        facts = document["extractedFacts"]
        assert isinstance(facts, list)
        if not facts:
            return f"no facts, currentQualityScore is {document['currentQualityScore']}"
        verified = sum(bool(fact["isVerified"]) for fact in facts)
        return f"{verified} of {len(facts)} facts are verified"
    return f"status “{document['status']}” of a complete state"
