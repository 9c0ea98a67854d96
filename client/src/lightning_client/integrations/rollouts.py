"""How research and verifications read as rollouts and rewards: pure functions."""

import json
from collections.abc import Iterable
from typing import Any, Literal

from lightning_client.states import ResearchState, VerificationState

REWARD_SOURCE = "lightning-state"
RolloutStatus = Literal["queuing", "running", "succeeded", "failed"]

_STATES: dict[str, RolloutStatus] = {
    "Pending": "queuing",
    "InProgress": "running",
    "Verifying": "running",
    "Completed": "succeeded",
    "Failed": "failed",
}


def state_of(research: ResearchState) -> RolloutStatus:
    """The rollout status of a research."""
    return _STATES[research.status]


def merged_state(there: str, wanted: RolloutStatus) -> list[RolloutStatus]:
    """The states a 1.0 rollout has to pass, one by one; none when it has ended or is there."""
    if there == wanted or there in {"succeeded", "failed"} or wanted == "queuing":
        return []
    if there == "queuing" and wanted == "succeeded":
        return ["running", "succeeded"]
    return [wanted]


def rewards_of(verifications: Iterable[VerificationState]) -> list[dict[str, Any]]:
    """A reward a verification: its confidence, 0–1; ``message`` names the verification."""
    return [
        {
            "value": one.confidence_score,
            "message": one.verification_id,
            "source": REWARD_SOURCE,
            "reason": "verified" if one.is_verified else "not_verified",
        }
        for one in verifications
    ]


def metadata_of(research: ResearchState) -> dict[str, Any]:
    """What a rollout keeps of its research."""
    return {
        "researchId": research.research_id,
        "iterationCount": research.iteration_count,
        "qualityScore": research.current_quality_score,
    }


def query_of(rollout_input: Any) -> str:
    """The question of a rollout's input: its text, else all of it as JSON."""
    if isinstance(rollout_input, dict):
        for name in ("query", "question", "prompt", "task"):
            if isinstance(rollout_input.get(name), str) and rollout_input[name]:
                return str(rollout_input[name])[:10_000]
    text = rollout_input if isinstance(rollout_input, str) else json.dumps(rollout_input)
    return text[:10_000] or "(no input)"
