"""Which columns a kind's row has, and their values after a change."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from state.domain.current import Change, Current, Lease
from state.domain.jsontext import decode
from state.domain.kinds import Kind
from state.domain.times import parse_time
from state.models import MODELS
from state.store.sqlite_values import from_column

TABLES: dict[Kind, str] = {kind: model._meta.db_table for kind, model in MODELS.items()}

Column = tuple[str, str, Callable[[Change], Any]]

_SHARED: list[Column] = [
    ("version", "bigint", lambda change: change.version),
    ("live", "boolean", lambda change: change.live),
    ("document", "text", lambda change: change.encoded.decode()),
    ("created_at", "timestamptz", lambda change: change.created_at),
    ("updated_at", "timestamptz", lambda change: change.updated_at),
]


def _field(name: str, absent: Any) -> Callable[[Change], Any]:
    return lambda change: change.document[name] if change.document else absent


def _verified_at(change: Change) -> datetime | None:
    return parse_time(change.document["verifiedAt"]) if change.document else None


WRITTEN: dict[Kind, list[Column]] = {
    Kind.AGENT: [
        *_SHARED,
        ("status", "text", _field("status", "")),
        ("agent_type", "text", _field("agentType", "")),
    ],
    Kind.RESEARCH: [
        *_SHARED,
        ("status", "text", _field("status", "")),
        ("fact_count", "integer", lambda change: change.facts.count),
        ("next_position", "bigint", lambda change: change.facts.next_position),
    ],
    Kind.VERIFICATION: [
        *_SHARED,
        ("source_id", "text", _field("sourceId", "")),
        ("is_verified", "boolean", _field("isVerified", False)),
        ("confidence_score", "double precision", _field("confidenceScore", 0)),
        ("verified_at", "timestamptz", _verified_at),
    ],
}

_LOCKED = (
    "id, version, live, document, created_at, updated_at, lock_id, lock_token_digest,"
    " lock_expires_at"
)
LOCKED: dict[Kind, str] = {
    kind: _LOCKED + (", fact_count, next_position" if kind is Kind.RESEARCH else "")
    for kind in Kind
}
"""The columns a write reads under the row lock, as ``current_from`` expects them."""


def current_from(row: tuple[Any, ...]) -> Current:
    """A row of the ``LOCKED`` columns as the domain sees it."""
    _, version, live, document, created_at, updated_at, lock_id, digest, expires_at, *facts = row
    return Current(
        version=version,
        live=bool(live),
        document=decode(document) if document else None,
        created_at=from_column(created_at),
        updated_at=from_column(updated_at),
        lease=Lease(digest, from_column(expires_at)) if lock_id else None,
        fact_count=facts[0] if facts else 0,
        next_position=facts[1] if facts else 0,
    )
