"""The bodies of the calls that accept or reject a verification."""

from collections.abc import Sequence

from django.conf import settings

from state.domain import acceptance as decided
from state.domain.acceptance import REJECTED
from state.domain.jsontext import encode

__all__ = ["REJECTED", "acceptance", "rejection"]


def acceptance(confidence: float, person: str) -> str:
    """The merge patch of an acceptance."""
    threshold = settings.LIGHTNING_VERIFIED_THRESHOLD
    return encode(decided.acceptance(confidence, person, threshold)).decode()


def rejection(issues: Sequence[str], person: str) -> str:
    """The merge patch of a rejection."""
    return encode(decided.rejection(issues, person)).decode()
