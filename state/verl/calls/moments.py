"""The time of a verdict: the caller's, as .NET writes it, else now."""

from datetime import UTC, datetime

from state.domain.times import format_time
from state.domain.tolerant import date


def now() -> str:
    """The present moment as the contract writes it."""
    return format_time(datetime.now(UTC))


def moment_of(value: str | None, field: str) -> str:
    """A time the caller gave, or now when it gave none; raises Invalid for what is no time."""
    return (date(value, field) if value else None) or now()
