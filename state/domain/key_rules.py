"""What an API key may be called, and how long it may live."""

import unicodedata
from datetime import timedelta

LONGEST_NAME = 50
LONGEST_LIFE = timedelta(days=36_500)

# Control characters, line and paragraph separators, and what is no character (surrogates).
_NOT_IN_A_NAME = ("Cc", "Zl", "Zp", "Cs")


def name_problem(name: str) -> str:
    """What is wrong with a key's name, the actor of its writes; empty when nothing is."""
    if not name.strip() or len(name) > LONGEST_NAME:
        return f"must have 1 to {LONGEST_NAME} characters"
    if any(unicodedata.category(character) in _NOT_IN_A_NAME for character in name):
        return "must hold no line breaks or other control characters"
    return ""
