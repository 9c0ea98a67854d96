"""The names of cached things, as the seed gave them."""

from state.domain.kinds import Kind

CATEGORIES = {kind: f"{kind.value}_state" for kind in Kind}


def state_key(kind: Kind, state_id: str) -> str:
    """``agent_state:<id>`` and so on."""
    return f"{CATEGORIES[kind]}:{state_id}"
