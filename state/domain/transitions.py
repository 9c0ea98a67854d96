"""Which status may follow which (contract §7)."""

from state.domain.errors import IllegalTransition
from state.domain.kinds import Kind


def check_transition(kind: Kind, policy: str, old: str, new: str) -> None:
    """Raises IllegalTransition; the same status again is always legal."""
    table = kind.spec.transitions.get(policy)
    if table is None or old == new or new in table[old]:
        return
    legal = ", ".join(status for status in kind.statuses if status in table[old])
    raise IllegalTransition(f"{old} → {new} is not legal; from {old}: {legal or 'nothing'}.")
