"""Which columns a kind's row has, and their values after a change."""

from collections.abc import Callable
from typing import Any

from state.domain import kinds
from state.domain.current import Change, Current, Lease
from state.domain.jsontext import decode
from state.domain.kinds import Kind
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
_OF_FACTS: list[Column] = [
    ("fact_count", "integer", lambda change: change.facts.count),
    ("fact_bytes", "bigint", lambda change: change.facts.size_bytes),
    ("next_position", "bigint", lambda change: change.facts.next_position),
]


def _field(column: kinds.Column) -> Column:
    return column.name, column.type, lambda change: column.value(change.document)


WRITTEN: dict[Kind, list[Column]] = {
    kind: [
        *_SHARED,
        *(_field(column) for column in kind.spec.columns),
        *(_OF_FACTS if kind.has_facts else []),
    ]
    for kind in Kind
}

_PYTHON_TYPES: dict[str, Callable[[Any], Any]] = {
    "text": str,
    "bigint": int,
    "integer": int,
    "double precision": float,
    "boolean": bool,
}


def in_column(type_: str, value: Any) -> Any:
    """A value as a column of this type takes it: JSON says 1 where a column has 1.0, and an array
    of values must have one type.
    """
    convert = _PYTHON_TYPES.get(type_)
    return value if value is None or convert is None else convert(value)


def written_values(change: Change) -> list[Any]:
    """The values of the kind's ``WRITTEN`` columns after a change."""
    return [value(change) for _, _, value in WRITTEN[change.kind]]


_LOCKED = (
    "id, version, live, document, created_at, updated_at, lock_id, lock_token_digest,"
    " lock_expires_at"
)
LOCKED: dict[Kind, str] = {
    kind: _LOCKED + (", fact_count, fact_bytes, next_position" if kind.has_facts else "")
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
        fact_bytes=facts[1] if facts else 0,
        next_position=facts[2] if facts else 0,
    )
