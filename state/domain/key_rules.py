"""What an API key may be called, and how long it may live."""

import unicodedata
from datetime import timedelta

from state.domain.kinds import ID_RULE, is_id

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


def key_problems(name: str, agent_id: str, expires_in_days: int | None) -> dict[str, str]:
    """What is wrong with a key that somebody wants, by the member it is about."""
    problems = {}
    if told := name_problem(name):
        problems["name"] = told
    if agent_id and not is_id(agent_id):
        problems["agentId"] = f"must be {ID_RULE}"
    if expires_in_days is not None and not 1 <= expires_in_days <= LONGEST_LIFE.days:
        problems["expiresInDays"] = f"must be between 1 and {LONGEST_LIFE.days}"
    return problems
