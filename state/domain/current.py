"""A state's row as a write meets it, and the change the write makes of it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from state.domain.commands import Document
from state.domain.facts import Fact
from state.domain.facts_edit import FactsEdit, StoredFact
from state.domain.kinds import Kind


class Lease(Struct, frozen=True):
    """The lock on a state, as its row holds it."""

    token_digest: str
    expires_at: datetime


class Current(Struct):
    """A state's row, locked by the transaction that decides; version 0: there never was one."""

    version: int = 0
    live: bool = False
    document: Document | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    lease: Lease | None = None
    fact_count: int = 0
    fact_bytes: int = 0
    next_position: int = 0
    facts: Mapping[str, StoredFact] = field(default_factory=dict)
    versions: Mapping[int, tuple[Document, list[Fact]]] = field(default_factory=dict)
    """The old versions that a Restore among the commands asks for, with their facts."""

    def facts_kept(self) -> FactsEdit:
        """The edit that leaves the facts as they are; there are none in what is not live."""
        if not self.live:
            return FactsEdit(0, self.next_position, 0)
        return FactsEdit(self.fact_count, self.next_position, self.fact_bytes)


class Change(Struct):
    """One new version: what the store writes to the row, the facts and the log."""

    kind: Kind
    state_id: str
    version: int
    live: bool
    change_type: str
    created_at: datetime
    updated_at: datetime
    document: Document | None
    encoded: bytes
    old_values: Document
    new_values: Document
    facts: FactsEdit
    group_before: str | None
    group_after: str | None
    actor: str
    reason: str
    forced: bool = False
    """Whether an operator lifted the rules of transitions for it."""

    @property
    def created(self) -> bool:
        return self.live and self.group_before is None


def token_digest(token: str) -> str:
    """How a lock's token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def apply_to_current(current: Current, change: Change) -> Current:
    """The row after the change, for the next command on the same id in one batch."""
    facts = dict(current.facts) if current.live and change.live else {}
    for fact_id in change.facts.closed:
        facts.pop(fact_id, None)
    for stored in change.facts.inserted:
        facts[stored.fact["id"]] = stored
    return Current(
        version=change.version,
        live=change.live,
        document=change.document,
        created_at=change.created_at,
        updated_at=change.updated_at,
        lease=current.lease,
        fact_count=change.facts.count,
        fact_bytes=change.facts.size_bytes,
        next_position=change.facts.next_position,
        facts=facts,
        versions=current.versions,
    )
