"""A caller and what its role lets it do (contract §10)."""

from dataclasses import dataclass, field
from datetime import datetime

from state.domain.errors import Forbidden
from state.domain.kinds import Kind

ROLES = ("viewer", "agent", "operator", "admin")
_RANKS = {role: rank for rank, role in enumerate(ROLES)}


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: an API key, a signed-in user, or the anonymous role of a closed network."""

    name: str
    role: str
    agent_id: str = ""
    expires_at: datetime | None = None
    key_id: str = ""
    user_id: int | None = None
    session_key: str = field(default="", compare=False, repr=False)

    @property
    def scope(self) -> str:
        """Whose idempotency keys these are: names may repeat, keys and users do not."""
        if self.key_id:
            return f"key:{self.key_id}"
        return f"user:{self.user_id}" if self.user_id is not None else "anonymous"

    def may(self, role: str) -> bool:
        """Whether this caller has the role, or a higher one."""
        return _RANKS.get(self.role, -1) >= _RANKS[role]

    def require(self, role: str) -> None:
        """Raises Forbidden below the role."""
        if _RANKS.get(self.role, -1) < _RANKS[role]:
            raise Forbidden(f"This needs the role {role}; {self.name} has {self.role}.")

    def require_write(self, kind: Kind, state_id: str) -> None:
        """Raises Forbidden for a caller who may not write this state."""
        self.require("agent")
        if self.agent_id and kind is Kind.AGENT and state_id != self.agent_id:
            raise Forbidden(f"This key is bound to the agent {self.agent_id}.")


NOBODY = Principal("nobody", "")
"""Who has not been asked for credentials yet: may do nothing."""
