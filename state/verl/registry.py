"""The content verifiers of this deployment, named by LIGHTNING_CONTENT_VERIFIERS."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from state.domain.judge import Rules, VerdictRule
from state.domain.verdict import Verifier


class UnusableVerifier(Exception):
    """What the setting names is not there, or cannot be made."""


@cache
def content_verifiers() -> tuple[Verifier, ...]:
    """One instance of every configured verifier, in the order they are asked.

    Raises UnusableVerifier.
    """
    return tuple(_load(path) for path in settings.LIGHTNING_CONTENT_VERIFIERS)


def _load(path: str) -> Verifier:
    try:
        verifier: Verifier = import_string(path)()
    except Exception as error:
        raise UnusableVerifier(f"{path} cannot be loaded ({error}).") from error
    if not callable(getattr(verifier, "verify", None)) or not getattr(verifier, "name", ""):
        raise UnusableVerifier(f"{path} is no verifier: it has no name or no verify().")
    return verifier


def rules() -> Rules:
    """What every write is judged by in this deployment."""
    return Rules(
        transitions=settings.LIGHTNING_TRANSITIONS,
        verified_threshold=settings.LIGHTNING_VERIFIED_THRESHOLD,
        content=VerdictRule(
            settings.LIGHTNING_CONFIDENCE_THRESHOLD,
            settings.LIGHTNING_VERIFIER_UNAVAILABLE == "allow",
        )
        if settings.LIGHTNING_CONTENT_VERIFIERS
        else None,
    )
