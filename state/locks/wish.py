"""What somebody wants to lock."""

from dataclasses import dataclass

from state.domain.kinds import Kind


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to lock, and for how long."""

    kind: Kind
    state_id: str
    owner: str
    ttl_seconds: float
