"""Checks API keys."""

from state.access.keys import key_ring
from state.access.principals import Principal


def check_key(text: str, address: str) -> Principal:
    """The caller behind an API key that came from an address; raises as ``KeyRing.check`` does."""
    return key_ring.check(text, address)
