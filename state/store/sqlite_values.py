"""How SQLite holds times: as UTC text, the way Django reads it."""

from datetime import UTC, datetime
from typing import Any


def to_column(value: Any) -> Any:
    """The value as SQLite stores it: times with all six digits, so that they sort as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]
    return value


def from_column(value: Any) -> Any:
    """The aware time in a column: PostgreSQL gives one, SQLite gives its text or, where it knows
    the column's type, a naive UTC time; None stays None.
    """
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value
