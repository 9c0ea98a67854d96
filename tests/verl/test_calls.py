"""The five calls of contract §7, from a request's values to an answer."""

import json
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from state.domain.errors import Invalid
from state.verl.calls.check_consistency import CheckConsistencyRequest, check_consistency
from state.verl.calls.evaluate_confidence import (
    EvaluateConfidenceAnswer,
    EvaluateConfidenceRequest,
    evaluate_confidence,
)
from state.verl.calls.research_source import research_text
from state.verl.calls.validate_reasoning import (
    ReasoningStep,
    ValidateReasoningAnswer,
    ValidateReasoningRequest,
    validate_reasoning,
)
from state.verl.calls.verify import VerifyAnswer, VerifyRequest, verify
from state.verl.calls.verify_facts import VerifyFactsAnswer, VerifyFactsRequest, verify_facts

SOURCE = (
    "The Kestrel is a small probe. It was launched on 4 May 2011 and weighs 120 kg. "
    "Contact was never lost."
)


def checked(result: str | None, **more: Any) -> VerifyAnswer:
    return verify(VerifyRequest(task_id="t1", result=result, **more))


@pytest.mark.parametrize("result", [None, "", "  \n", "{}", "[]", "…"])
def test_an_empty_result_is_never_valid(result: str | None) -> None:
    answer = checked(result)
    assert not answer.is_valid
    assert answer.confidence < 0.8
    assert answer.issues


def test_a_result_that_says_something_is_valid_whatever_its_length() -> None:
    short = checked("The probe weighs 120 kg.")
    long = checked("The probe weighs 120 kg. " + "It flew past the moon of a planet. " * 40)
    assert short.is_valid
    assert long.is_valid
    assert short.confidence >= long.confidence


@pytest.mark.parametrize(
    "result",
    [
        "Error: the index is not there",
        "Traceback (most recent call last):\n  File ...",
        "The valve is open. The valve is closed.",
        "As an AI language model I cannot answer this.",
        '{"a": 1',
        '{"agentId": "a1", "agentType": "Demo", "status": "Sleeping"}',
    ],
)
def test_a_result_that_fails_contradicts_itself_or_is_no_state_is_not_valid(result: str) -> None:
    answer = checked(result)
    assert not answer.is_valid
    assert answer.issues


def test_a_result_that_is_a_state_is_judged_as_a_write_would_judge_it() -> None:
    state = {"agentId": "a1", "agentType": "Demo", "status": "Ready"}
    assert checked(json.dumps(state)).is_valid


def test_verified_at_is_the_callers_or_now() -> None:
    assert checked("A result.", verified_at="2026-01-16T10:00:00.1234567Z").verified_at == (
        "2026-01-16T10:00:00.1234567Z"
    )
    assert checked("A result.", verified_at="2026-01-16T10:00:00.1234567").verified_at == (
        "2026-01-16T10:00:00.1234567Z"
    )
    assert not checked("A result.", verified_at="0001-01-01T00:00:00").verified_at.startswith(
        "0001"
    )
    with pytest.raises(Invalid):
        checked("A result.", verified_at="yesterday")


def facts(*given: str, source: str = SOURCE) -> VerifyFactsAnswer:
    return verify_facts(VerifyFactsRequest(facts=list(given), source=source))


def test_facts_get_one_verdict_each_in_order_with_evidence_by_character() -> None:
    given = (
        "The Kestrel was launched in 2011.",
        "The Kestrel weighs 200 kg.",
        "The Kestrel carries a camera.",
    )
    answer = facts(*given)
    assert [verdict.fact for verdict in answer.verdicts] == list(given)
    assert [verdict.verdict for verdict in answer.verdicts] == ["supported", "refuted", "unknown"]
    assert answer.verified_count == 1
    assert answer.total_count == 3
    assert answer.unreliable_facts == list(given[1:])
    assert answer.verification_score == pytest.approx(1 / 3, abs=1e-3)
    supports = [verdict.support for verdict in answer.verdicts]
    assert supports[0] > supports[2] > supports[1]
    for verdict in answer.verdicts:
        assert verdict.reasons
        if verdict.evidence is not None:
            start, end = verdict.evidence.start, verdict.evidence.end
            assert SOURCE[start:end] == verdict.evidence.text
    assert answer.verdicts[1].reasons[0].startswith("number: ")


def test_evidence_counts_characters_not_bytes() -> None:
    source = "Łódź liegt in Polen – “ja” 🚀. The rocket rose to 90 km."
    answer = facts("The rocket rose to 90 km.", source=source)
    evidence = answer.verdicts[0].evidence
    assert evidence is not None
    assert source[evidence.start : evidence.end] == evidence.text == "The rocket rose to 90 km."


@pytest.mark.parametrize("source", ["", "   ", "🚀🚀", "...", "1234"])
def test_a_source_that_says_nothing_leaves_everything_unknown(source: str) -> None:
    answer = facts("The Kestrel weighs 200 kg.", "", "🚀", source=source)
    assert {verdict.verdict for verdict in answer.verdicts} == {"unknown"}
    assert answer.verification_score == 0


def test_no_facts_are_a_valid_empty_answer() -> None:
    answer = facts()
    assert (answer.total_count, answer.verification_score, answer.verdicts) == (0, 0.0, [])


def test_a_research_is_a_source_by_its_facts_and_sources() -> None:
    text = research_text(
        {"sources": ["https://example.org/a"]}, [{"content": "Iron melts at 1538 °C."}]
    )
    assert facts("Iron melts at 1538 °C.", source=text).verified_count == 1
    assert "https://example.org/a" in text


def test_the_seeds_statements_and_negations_contradict() -> None:
    answer = check_consistency(
        CheckConsistencyRequest(
            statements=["Research r1: Completed", "Research r2: Failed", "Research r1: Failed"]
        )
    )
    assert not answer.is_consistent
    assert [(pair.first, pair.second) for pair in answer.pairs] == [(0, 2)]
    assert "Research r1: Failed" in answer.contradictions[0]
    assert answer.score == pytest.approx(1 / 3, abs=1e-3)
    same = check_consistency(CheckConsistencyRequest(statements=["It rains.", "It rains.", ""]))
    assert same.is_consistent
    assert same.score == 1.0


def chain(*steps: dict[str, Any]) -> ValidateReasoningAnswer:
    return validate_reasoning(
        ValidateReasoningRequest(steps=[msgspec.convert(step, ReasoningStep) for step in steps])
    )


def step(number: int, logic: str, conclusion: str, confidence: float = 0.8) -> dict[str, Any]:
    return {
        "stepNumber": number,
        "description": "A step",
        "logic": logic,
        "conclusions": [conclusion],
        "confidence": confidence,
    }


def test_a_step_surer_than_what_it_rests_on_is_a_warning() -> None:
    answer = chain(
        step(1, "The log shows 12 restarts.", "The worker restarts often.", 0.5),
        step(2, "The worker restarts often, so it loses its cache.", "The cache is lost.", 0.9),
    )
    assert answer.is_valid
    assert any("more confident" in warning for warning in answer.warnings)


def test_no_steps_are_no_valid_chain() -> None:
    answer = chain()
    assert not answer.is_valid
    assert answer.score == 0


def test_a_chain_with_errors_scores_at_most_half() -> None:
    answer = chain(step(1, "A", "B", 1.0), {"stepNumber": 1, "confidence": 0.9})
    assert not answer.is_valid
    assert answer.score <= 0.5
    assert answer.validated_at.endswith("Z")


def scored(content: str, context: str | None = None) -> EvaluateConfidenceAnswer:
    return evaluate_confidence(EvaluateConfidenceRequest(content=content, context=context))


def test_sourced_and_specific_text_scores_above_hedged_text_and_the_reasoning_quotes_it() -> None:
    good = scored("According to NASA, the probe passed Pluto on 14 July 2015 at 12,500 km.")
    bad = scored("Maybe some probe possibly went somewhere at some point, I think.")
    assert good.score > 0.8 > 0.5 > bad.score
    assert all(0 <= factor <= 1 for factor in good.factors.values())
    assert "NASA" in good.reasoning
    assert "aybe" in bad.reasoning


def test_padding_does_not_raise_the_score() -> None:
    text = "The probe passed Pluto on 14 July 2015."
    assert scored(text + " It was a good day for all of them." * 30).score <= scored(text).score


def test_a_context_that_says_otherwise_lowers_the_score() -> None:
    claim = "The reactor produces 900 MW."
    agreeing = scored(claim, "In 2019 the reactor produced 900 MW.")
    other = scored(claim, "The reactor produces 400 MW.")
    assert other.score < scored(claim).score <= agreeing.score


@pytest.mark.parametrize(
    ("context", "state"),
    [
        ("agent_state", {"agentId": "a", "agentType": "T", "status": "Ready"}),
        ("research_state", {"researchId": "r", "query": "q", "status": "Completed"}),
        (
            "verification_state",
            {
                "verificationId": "v",
                "sourceId": "s",
                "content": "c",
                "isVerified": True,
                "confidenceScore": 0.9,
            },
        ),
    ],
)
def test_a_state_a_write_would_take_scores_at_the_threshold_or_above(
    context: str, state: dict[str, Any]
) -> None:
    assert scored(json.dumps(state), context).score >= 0.8


@pytest.mark.parametrize(
    ("context", "state"),
    [
        ("agent_state", {"agentId": "a", "agentType": "T", "status": "Sleeping"}),
        ("agent_state", {"agentType": "T", "status": "Ready"}),
        ("agent_state", {"agentId": "a", "agentType": "T", "status": "Ready", "mood": "good"}),
        ("research_state", {"researchId": "r", "query": "q", "iterationCount": -1}),
        (
            "research_state",
            {
                "researchId": "r",
                "query": "q",
                "startedAt": "2026-02-01T00:00:00Z",
                "completedAt": "2026-01-01T00:00:00Z",
            },
        ),
        (
            "verification_state",
            {
                "verificationId": "v",
                "sourceId": "s",
                "content": "c",
                "isVerified": True,
                "confidenceScore": 0.2,
            },
        ),
    ],
)
def test_a_state_a_write_would_refuse_scores_below_the_threshold(
    context: str, state: dict[str, Any]
) -> None:
    answer = scored(json.dumps(state), context)
    assert answer.score < 0.8
    assert "refuse" in answer.reasoning


@pytest.mark.parametrize(
    ("context", "state"),
    [
        (
            "agent_state",
            {
                "agentId": "a",
                "agentType": "T",
                "status": 1,
                "properties": None,
                "lastUpdated": "2026-01-16T10:00:00.1234567Z",
                "version": 0,
            },
        ),
        (
            "research_state",
            {
                "ResearchId": "r",
                "Query": "q",
                "Status": 1,
                "ExtractedFacts": [{"Content": "c", "Confidence": 90, "Rank": 1}],
                "StartedAt": "0001-01-01T00:00:00",
                "CompletedAt": None,
            },
        ),
        (
            "verification_state",
            {
                "verificationId": "v",
                "sourceId": "s",
                "content": "c",
                "confidenceScore": 0.9,
                "isVerified": True,
                "issues": None,
                "verifiedAt": "0001-01-01T00:00:00",
            },
        ),
    ],
)
def test_a_state_is_read_as_dotnet_writes_it(context: str, state: dict[str, Any]) -> None:
    """The client judges what its serializer makes of a state: numbers for enums, PascalCase."""
    assert scored(json.dumps(state), context).score >= 0.8
    assert checked(json.dumps(state)).is_valid


def test_what_is_no_json_is_no_state() -> None:
    assert scored("{", "agent_state").score == 0


def test_a_worker_that_verifies_nothing_does_not_carry_the_dictionary() -> None:
    program = """
import resource, sys
import state.domain.shapes
shared = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
import state.verl.calls.check_consistency, state.verl.calls.evaluate_confidence
import state.verl.calls.validate_reasoning, state.verl.calls.verify, state.verl.calls.verify_facts
assert "snowballstemmer" not in sys.modules and "wn" not in sys.modules
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - shared) / 1024)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert float(run.stdout) < 20


def test_a_call_takes_a_thousand_items_and_a_mebibyte() -> None:
    with pytest.raises(Invalid):
        facts(*(["x"] * 1001))
    with pytest.raises(Invalid):
        facts("x", source="ä" * 600_000)
    with pytest.raises(Invalid):
        check_consistency(CheckConsistencyRequest(statements=["x"] * 1001))
    with pytest.raises(Invalid):
        chain(*[step(number, "a", "b") for number in range(1001)])
    with pytest.raises(Invalid):
        checked("x" * (1024 * 1024 + 1))
    with pytest.raises(Invalid):
        scored("x" * (1024 * 1024 + 1))


def test_a_source_without_full_stops_is_still_read_in_pieces() -> None:
    source = "lorem ipsum, " * 3000 + "the Kestrel weighs 120 kg, " + "dolor sit amet, " * 3000
    answer = facts("The Kestrel weighs 120 kg.", source=source)
    evidence = answer.verdicts[0].evidence
    assert evidence is not None
    assert len(evidence.text) <= 1000
    assert source[evidence.start : evidence.end] == evidence.text
    assert "the Kestrel weighs 120 kg" in evidence.text


def test_a_fact_that_says_too_much_to_be_one_is_unknown() -> None:
    said = " ".join(f"Room {number} is open." for number in range(60))
    assert facts(said, source=f"{said} It rains.").verdicts[0].verdict == "unknown"
