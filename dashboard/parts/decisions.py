"""What accepting or rejecting a verification writes: the outcome, who decided and when."""

from collections.abc import Sequence

from django.conf import settings

from state.domain.jsontext import encode

REJECTED = "Rejected by "
"""How the issue of a rejection begins: by it a queue tells what was decided already."""


def acceptance(confidence: float, person: str) -> str:
    """The merge patch of an acceptance.

    A person's word is certain: below the threshold of a verified one (contract §7) the confidence
    becomes 1. What the verifier thought stays in the history.
    """
    patch: dict[str, object] = {"isVerified": True, "verifiedBy": person, "verifiedAt": None}
    if confidence < settings.LIGHTNING_VERIFIED_THRESHOLD:
        patch["confidenceScore"] = 1
    return encode(patch).decode()


def rejection(issues: Sequence[str], person: str) -> str:
    """The merge patch of a rejection, which is one more issue."""
    told = [issue for issue in issues if not issue.startswith(REJECTED)]
    patch = {
        "isVerified": False,
        "verifiedBy": person,
        "verifiedAt": None,
        "issues": [*told, f"{REJECTED}{person}"],
    }
    return encode(patch).decode()
