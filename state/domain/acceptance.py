"""What accepting or rejecting a verification writes: the outcome, who decided and when."""

from collections.abc import Sequence

from state.domain.commands import Document

REJECTED = "Rejected by "
"""How the issue of a rejection begins: by it a queue tells what was decided already."""


def acceptance(confidence: float, person: str, verified_threshold: float) -> Document:
    """The merge patch of an acceptance.

    A person's word is certain: below the threshold of a verified one (contract §7) the confidence
    becomes 1. What the verifier thought stays in the history.
    """
    patch: Document = {"isVerified": True, "verifiedBy": person, "verifiedAt": None}
    if confidence < verified_threshold:
        patch["confidenceScore"] = 1
    return patch


def rejection(issues: Sequence[str], person: str) -> Document:
    """The merge patch of a rejection, which is one more issue."""
    told = [issue for issue in issues if not issue.startswith(REJECTED)]
    return {
        "isVerified": False,
        "verifiedBy": person,
        "verifiedAt": None,
        "issues": [*told, f"{REJECTED}{person}"],
    }
