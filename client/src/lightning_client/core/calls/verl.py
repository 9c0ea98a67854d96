"""The verification and reasoning layer (contract §7)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from lightning_client.answers import (
    Confidence,
    Consistency,
    FactsVerdict,
    ReasoningVerdict,
    Verdict,
)
from lightning_client.core.call import Call, ask, reader_of
from lightning_client.states import Fact

_parse_verdict = reader_of(Verdict)
_parse_reasoning = reader_of(ReasoningVerdict)
_parse_confidence = reader_of(Confidence)
_parse_facts = reader_of(FactsVerdict)
_parse_consistency = reader_of(Consistency)

Context = Literal["agent_state", "research_state", "verification_state"] | str


def verify(task_id: str, result: str, verified_at: datetime | None) -> Call[Verdict]:
    body: dict[str, Any] = {"taskId": task_id, "result": result}
    if verified_at is not None:
        body["verifiedAt"] = verified_at
    return ask("/api/verl/verify", body, _parse_verdict)


def validate_reasoning(steps: Iterable[Mapping[str, Any]]) -> Call[ReasoningVerdict]:
    return ask("/api/verl/validate-reasoning", {"steps": list(steps)}, _parse_reasoning)


def evaluate_confidence(content: str, context: Context) -> Call[Confidence]:
    body = {"content": content, **({"context": context} if context else {})}
    return ask("/api/verl/evaluate-confidence", body, _parse_confidence)


def verify_facts(
    facts: Sequence[str | Fact | Mapping[str, Any]], source: str
) -> Call[FactsVerdict]:
    texts = [_text(fact) for fact in facts]
    body = {"facts": texts, "source": source}
    return ask("/api/verl/verify-facts", body, _parse_facts)


def check_consistency(statements: Iterable[str]) -> Call[Consistency]:
    return ask("/api/verl/check-consistency", {"statements": list(statements)}, _parse_consistency)


def _text(fact: str | Fact | Mapping[str, Any]) -> str:
    """What a fact says; raises KeyError for a mapping without content."""
    if isinstance(fact, str):
        return fact
    return fact.content if isinstance(fact, Fact) else str(fact["content"])
