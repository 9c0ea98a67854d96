"""``/api/verl`` and ``/api/rlcs``: five calls that judge and change nothing (contract §7)."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from msgspec import Struct
from msgspec.structs import replace

from state.domain.jsontext import encode
from state.metrics.exported import exported
from state.operations.operation import Body, Operation, Result
from state.protocol.call import Answer, Call
from state.protocol.verification import asked
from state.runtime.threads import Threads
from state.service.guard import ask_database
from state.service.verification import source_text
from state.verl.calls.check_consistency import (
    CheckConsistencyAnswer,
    CheckConsistencyRequest,
    check_consistency,
)
from state.verl.calls.evaluate_confidence import (
    EvaluateConfidenceAnswer,
    EvaluateConfidenceRequest,
    evaluate_confidence,
)
from state.verl.calls.validate_reasoning import (
    ValidateReasoningAnswer,
    ValidateReasoningRequest,
    validate_reasoning,
)
from state.verl.calls.verify import VerifyAnswer, VerifyRequest, verify
from state.verl.calls.verify_facts import VerifyFactsAnswer, VerifyFactsRequest, verify_facts

NAMES = ("verl", "rlcs")
TAG = "Verification"
# Judging is all processor: one thread, which takes one turn of the interpreter, not eight.
_judges = Threads("judge", 1)


async def _verify(call: Call) -> Answer:
    thresholds = settings.LIGHTNING_CONFIDENCE_THRESHOLD, settings.LIGHTNING_VERIFIED_THRESHOLD
    return await _judged("verify", lambda asks: verify(asks, *thresholds), call, VerifyRequest)


async def _validate_reasoning(call: Call) -> Answer:
    return await _judged("validate-reasoning", validate_reasoning, call, ValidateReasoningRequest)


async def _evaluate_confidence(call: Call) -> Answer:
    thresholds = settings.LIGHTNING_CONFIDENCE_THRESHOLD, settings.LIGHTNING_VERIFIED_THRESHOLD
    return await _judged(
        "evaluate-confidence",
        lambda asks: evaluate_confidence(asks, *thresholds),
        call,
        EvaluateConfidenceRequest,
    )


async def _verify_facts(call: Call) -> Answer:
    request = await _judges.run(asked, call, VerifyFactsRequest)
    text = await ask_database(source_text, request.source)
    whole = replace(request, source=text)
    return Answer(200, await judge_beside("verify-facts", verify_facts, whole))


async def _check_consistency(call: Call) -> Answer:
    return await _judged("check-consistency", check_consistency, call, CheckConsistencyRequest)


async def _judged(
    name: str, judge: Callable[[Any], Struct], call: Call, shape: type[Struct]
) -> Answer:
    return Answer(200, await _judges.run(lambda: _judge(name, judge, asked(call, shape))))


async def judge_beside(name: str, judge: Callable[[Any], Struct], asks: Struct) -> bytes:
    """The answer of one of the calls as JSON, judged beside the event loop and counted."""
    return await _judges.run(_judge, name, judge, asks)


def _judge(name: str, judge: Callable[[Any], Struct], asks: Struct) -> bytes:
    """The answer as JSON; its verdicts and the time they took are counted."""
    began_at = time.perf_counter()
    answer = judge(asks)
    metrics = exported()
    metrics.verification_durations.labels(name).observe(time.perf_counter() - began_at)
    for verdict, count in Counter(_verdicts(answer)).items():
        metrics.verdicts.labels(name, verdict).inc(count)
    return encode(answer)


def _verdicts(answer: Struct) -> Iterator[str]:
    match answer:
        case VerifyFactsAnswer(verdicts=verdicts):
            yield from (one.verdict for one in verdicts)
        case VerifyAnswer(is_valid=good) | ValidateReasoningAnswer(is_valid=good):
            yield "accepted" if good else "rejected"
        case CheckConsistencyAnswer(is_consistent=good):
            yield "accepted" if good else "rejected"
        case EvaluateConfidenceAnswer(score=score):
            enough = score >= settings.LIGHTNING_CONFIDENCE_THRESHOLD
            yield "accepted" if enough else "rejected"


def operations_of(name: str) -> list[Operation]:
    """The five calls under one of their names."""
    path, suffix = f"/api/{name}", "" if name == NAMES[0] else name.capitalize()
    return [
        Operation(
            name=f"verify{suffix}",
            method="POST",
            path=f"{path}/verify",
            run=_verify,
            tag=TAG,
            summary="Judge a task's result",
            description="An empty result is never valid. A result that is a state as JSON is "
            "judged as a write would judge it. Changes no task and no state.",
            body=Body(VerifyRequest),
            results={200: Result("The verdict.", VerifyAnswer)},
        ),
        Operation(
            name=f"validateReasoning{suffix}",
            method="POST",
            path=f"{path}/validate-reasoning",
            run=_validate_reasoning,
            tag=TAG,
            summary="Judge a chain of reasoning steps",
            description="Errors make it invalid, warnings lower its score.",
            body=Body(ValidateReasoningRequest),
            results={200: Result("What is wrong and what is weak.", ValidateReasoningAnswer)},
        ),
        Operation(
            name=f"evaluateConfidence{suffix}",
            method="POST",
            path=f"{path}/evaluate-confidence",
            run=_evaluate_confidence,
            tag=TAG,
            summary="Score how well a text is evidenced",
            description="`context` is a text to agree with, or `agent_state`, `research_state` or "
            "`verification_state`: then `content` is such a state as JSON, and what a write would "
            "refuse scores below the threshold.",
            body=Body(EvaluateConfidenceRequest),
            results={200: Result("The score and what moved it.", EvaluateConfidenceAnswer)},
        ),
        Operation(
            name=f"verifyFacts{suffix}",
            method="POST",
            path=f"{path}/verify-facts",
            run=_verify_facts,
            tag=TAG,
            summary="Check facts against a source",
            description="`source` is text, or the id of a research: then its facts and sources "
            "are meant. A fact is `supported`, `refuted` by evidence of a conflict, or `unknown`.",
            body=Body(VerifyFactsRequest),
            results={200: Result("A verdict a fact, in order.", VerifyFactsAnswer)},
        ),
        Operation(
            name=f"checkConsistency{suffix}",
            method="POST",
            path=f"{path}/check-consistency",
            run=_check_consistency,
            tag=TAG,
            summary="Find statements that contradict each other",
            body=Body(CheckConsistencyRequest),
            results={200: Result("The contradicting pairs.", CheckConsistencyAnswer)},
        ),
    ]
