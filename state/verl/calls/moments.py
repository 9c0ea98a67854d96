"""The time of a verdict: the caller's, else now."""

from datetime import UTC, datetime

from state.domain.errors import Invalid
from state.domain.times import format_time, normalise_time

_ABSENT = "0001-01-01T00:00:00"  # what .NET sends for a date that was never set


def now() -> str:
    """The present moment as the contract writes it."""
    return format_time(datetime.now(UTC))


def moment_of(value: str | None, field: str) -> str:
    """A time the caller gave, or now when it gave none; raises Invalid for what is no time."""
    if value is None or value == "" or value.startswith(_ABSENT):
        return now()
    try:
        return normalise_time(value)
    except ValueError as problem:
        raise Invalid.field(field, str(problem)) from problem
