"""``POST /api/verl/validate-reasoning``: whether a chain of steps holds together."""

from msgspec import Struct

from state.verl.calls.limits import check_count, check_text
from state.verl.calls.moments import now
from state.verl.text.reasoning import Step, check_chain


class ReasoningStep(Struct, rename="camel", kw_only=True):
    """A step as clients send it; what is absent is judged, not refused."""

    step_number: int = 0
    description: str | None = None
    logic: str | None = None
    conclusions: list[str] | None = None
    confidence: float = 0.0


class ValidateReasoningRequest(Struct, rename="camel", kw_only=True):
    steps: list[ReasoningStep]


class ValidateReasoningAnswer(Struct, rename="camel", kw_only=True):
    is_valid: bool
    score: float
    errors: list[str]
    warnings: list[str]
    validated_at: str


def validate_reasoning(request: ValidateReasoningRequest) -> ValidateReasoningAnswer:
    """Errors make a chain invalid, warnings lower its score; raises Invalid past the limits."""
    check_count("steps", len(request.steps))
    steps = [
        Step(
            step.step_number,
            step.description or "",
            step.logic or "",
            step.conclusions or [],
            step.confidence,
        )
        for step in request.steps
    ]
    check_count("steps.conclusions", sum(len(step.conclusions) for step in steps))
    check_text(
        "steps",
        (text for step in steps for text in (step.description, step.logic, *step.conclusions)),
    )
    report = check_chain(steps)
    return ValidateReasoningAnswer(
        is_valid=report.is_valid,
        score=report.score,
        errors=report.errors,
        warnings=report.warnings,
        validated_at=now(),
    )
