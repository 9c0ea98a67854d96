"""Checks API keys, with a database that cannot be reached named as such."""

from state.access.keys import key_ring
from state.access.principals import Principal


def check_key(text: str) -> Principal:
    """The caller behind an API key; raises Unauthenticated."""
    return key_ring.check(text)
