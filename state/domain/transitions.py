"""Which status may follow which (contract §7)."""

from collections.abc import Mapping

from state.domain.errors import IllegalTransition
from state.domain.kinds import Kind

Table = Mapping[str, frozenset[str]]


def _table(**followers: str) -> Table:
    return {status: frozenset(names.split()) for status, names in followers.items()}


_AGENT = _table(
    Initializing="Ready Failed",
    Ready="Processing Paused Completed Failed",
    Processing="Ready Paused Completed Failed",
    Paused="Ready Processing Completed Failed",
    Completed="Ready Initializing",
    Failed="Initializing Ready",
)
_RESEARCH = _table(
    Pending="InProgress Failed",
    InProgress="Verifying Completed Failed",
    Verifying="InProgress Completed Failed",
    Completed="",
    Failed="",
)
_STRICT_RESEARCH = {
    **_RESEARCH,
    "Pending": frozenset({"InProgress"}),
    "InProgress": frozenset({"Verifying", "Failed"}),
}
POLICIES: Mapping[str, Mapping[Kind, Table]] = {
    "default": {Kind.AGENT: _AGENT, Kind.RESEARCH: _RESEARCH},
    "strict": {Kind.AGENT: _AGENT, Kind.RESEARCH: _STRICT_RESEARCH},
}


def check_transition(kind: Kind, policy: str, old: str, new: str) -> None:
    """Raises IllegalTransition; the same status again is always legal."""
    table = POLICIES[policy].get(kind)
    if table is None or old == new or new in table[old]:
        return
    legal = ", ".join(status for status in kind.statuses if status in table[old])
    raise IllegalTransition(f"{old} → {new} is not legal; from {old}: {legal or 'nothing'}.")
