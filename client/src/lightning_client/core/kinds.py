"""What the client knows of each kind: its path, its type, which fields are the server's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from lightning_client.core.call import Answer, reader_of
from lightning_client.states import AgentState, AnyState, ResearchState, State, VerificationState

S = TypeVar("S", bound=State)

_SERVER_FIELDS = ("version", "createdAt", "lastUpdated", "lastSeen", "factCount")
_ABSENT_WHEN_NONE = ("extractedFacts", "startedAt", "verifiedAt")
_FILLED_BY_THE_SERVER = (
    "version",
    "created_at",
    "last_updated",
    "started_at",
    "completed_at",
    "verified_at",
    "fact_count",
)


@dataclass(frozen=True)
class KindOf(Generic[S]):
    """One kind."""

    name: str
    segment: str
    id_field: str
    type: type[S]
    parse: Callable[[Answer], S]
    names: dict[str, str]
    """JSON names by attribute."""

    def path(self, state_id: str, below: str = "") -> str:
        """``/api/v1/{kinds}/{id}``, the id quoted."""
        return f"/api/v1/{self.segment}/{quote(state_id, safe='')}{below}"

    def content(self, state: State) -> dict[str, Any]:
        """What a PUT of the state sends: everything but the server's own fields.

        Raises:
            TypeError: when the state is of another kind.
        """
        if not isinstance(state, self.type):
            raise TypeError(f"{type(state).__name__} is not the state of a kind {self.name!r}")
        content: dict[str, Any] = msgspec.to_builtins(state)
        for name in _SERVER_FIELDS:
            content.pop(name, None)
        for name in _ABSENT_WHEN_NONE:
            if name in content and content[name] is None:
                del content[name]
        if not content[self.id_field]:
            del content[self.id_field]
        return content

    def patch(self, patch: dict[str, Any]) -> dict[str, Any]:
        """A merge patch with JSON names at its top; attribute names are understood there."""
        return {self.names.get(name, name): value for name, value in patch.items()}


def bring_up_to_date(state: State, stored: State) -> None:
    """Give a state that was written what the server filled in, its version above all."""
    for name in _FILLED_BY_THE_SERVER:
        if hasattr(state, name):
            setattr(state, name, getattr(stored, name))


def _kind(name: str, segment: str, id_field: str, shape: type[S]) -> KindOf[S]:
    names = {field.name: field.encode_name for field in msgspec.structs.fields(shape)}
    return KindOf(name, segment, id_field, shape, reader_of(shape), names)


AGENT = _kind("agent", "agents", "agentId", AgentState)
RESEARCH = _kind("research", "research", "researchId", ResearchState)
VERIFICATION = _kind("verification", "verifications", "verificationId", VerificationState)
KINDS: dict[str, KindOf[Any]] = {kind.name: kind for kind in (AGENT, RESEARCH, VERIFICATION)}


def kind_of(name: str) -> KindOf[Any]:
    """The kind of this name; raises ValueError."""
    try:
        return KINDS[name]
    except KeyError:
        raise ValueError(f"{name!r} is not a kind: {', '.join(KINDS)}") from None


__all__ = ["AGENT", "KINDS", "RESEARCH", "VERIFICATION", "AnyState", "KindOf", "kind_of"]
