"""``POST /api/verl/verify``: whether a task's result can be relied on.

A result that is a state as JSON is judged as a write would judge it, other JSON by whether it can
be read, and text by its evidence: whether it says something, whole, without failing or
contradicting itself. Length is no evidence.
"""

import re

from msgspec import Struct

from state.domain import jsontext
from state.domain.errors import Invalid, Malformed
from state.domain.kinds import Kind
from state.verl.calls.limits import check_text
from state.verl.calls.moments import moment_of
from state.verl.calls.state_rules import read_state
from state.verl.text.consistency import find_contradictions
from state.verl.text.evidence import certainty, sourcing, specificity
from state.verl.text.passages import Source

_FAILURE = re.compile(
    r"^\s*(?:error|exception|fatal|failed|failure|traceback|panic|timeout|timed out|null|none|"
    r"undefined|n/?a|nan|todo|tbd|lorem ipsum|unknown)\b[^.\n]{0,200}|"
    r"Traceback \(most recent call last\)|\bas an ai(?: language model)?|"
    r"\bi (?:cannot|can't|am unable to|was unable to|could not) "
    r"(?:help|answer|find|complete|access|provide|verify)[^.\n]{0,60}|"
    r"\bno results? (?:was|were)? ?found\b|\bi (?:do not|don['’]t) know\b|"
    r"\[(?:insert|placeholder|your)[^\]]*\]|\{\{[^}]*\}\}",
    re.IGNORECASE,
)
_OPEN = {"(": ")", "[": "]", "{": "}"}
_SENTENCES = 200


class VerifyRequest(Struct, rename="camel", kw_only=True):
    task_id: str
    result: str | None = None
    verified_at: str | None = None


class VerifyAnswer(Struct, rename="camel", kw_only=True):
    task_id: str
    is_valid: bool
    confidence: float
    issues: list[str]
    verified_at: str


def verify(
    request: VerifyRequest, confidence_threshold: float = 0.8, verified_threshold: float = 0.75
) -> VerifyAnswer:
    """Judges a result and changes nothing; an empty one is never valid. Raises Invalid past the
    limits, or for a ``verifiedAt`` that is no time.
    """
    result = request.result or ""
    check_text("result", (request.task_id, result))
    confidence, issues = _judge(result, verified_threshold)
    return VerifyAnswer(
        task_id=request.task_id,
        is_valid=confidence >= confidence_threshold,
        confidence=round(confidence, 4),
        issues=issues,
        verified_at=moment_of(request.verified_at, "verifiedAt"),
    )


def _judge(result: str, verified_threshold: float) -> tuple[float, list[str]]:
    if not result.strip():
        return 0.0, ["the result is empty"]
    if result.lstrip()[:1] in "{[":
        return _judge_json(result, verified_threshold)
    return _judge_text(result)


def _judge_json(result: str, verified_threshold: float) -> tuple[float, list[str]]:
    try:
        value = jsontext.parse(result.encode("utf-8", "surrogatepass"))
    except (Malformed, Invalid) as problem:
        return 0.1, [f"the result is not JSON: {problem.detail}"]
    if not value:
        return 0.0, ["the result is empty"]
    if isinstance(value, dict):
        names = {name[:1].lower() + name[1:] for name in value}
        for kind in Kind:
            if kind.id_field in names:
                report = read_state(kind, result, verified_threshold)
                issues = [*report.shape, *report.invariants]
                return (0.95, []) if not issues else (0.3, issues)
        if names & {"error", "errors", "exception"} and any(
            value.get(name) for name in ("error", "errors", "exception", "Error")
        ):
            return 0.2, ["the result reports an error"]
    return 0.9, []


def _judge_text(result: str) -> tuple[float, list[str]]:
    issues: list[str] = []
    confidence = 0.86
    source = Source(result)
    if not source.sentences or not any(
        sentence.content or sentence.spans for sentence in source.sentences
    ):
        return 0.05, ["the result says nothing"]
    failure = _FAILURE.search(result)
    if failure:
        issues.append(
            f"the result reports a failure or a placeholder: “{failure.group().strip()[:80]}”"
        )
        confidence -= 0.6
    unclosed = _unclosed(result)
    if unclosed:
        issues.append(f"the result is cut off: “{unclosed}” is not closed")
        confidence -= 0.15
    spans = [result[one.start : one.end] for one in source.sentences[:_SENTENCES]]
    contradictions = find_contradictions(spans)
    for pair in contradictions[:5]:
        issues.append(f"“{spans[pair.first]}” contradicts “{spans[pair.second]}”: {pair.reason}")
    confidence -= 0.3 if contradictions else 0.0
    hedges = certainty(result, source)
    if hedges.score < 0.7:
        issues.append("hedged: " + ", ".join(f"“{word}”" for word in hedges.words[:3]))
        confidence -= 0.15 * (1 - hedges.score)
    confidence += 0.06 * specificity(source).score + 0.06 * sourcing(result, source).score
    return min(1.0, max(0.0, confidence)), issues


def _unclosed(text: str) -> str:
    """The last bracket that is opened and never closed."""
    stack: list[str] = []
    for character in text:
        if character in _OPEN:
            stack.append(character)
        elif stack and character == _OPEN[stack[-1]]:
            stack.pop()
    return stack[-1] if stack else ""
