"""Timestamps as the contract writes them: RFC 3339, UTC, ending in ``Z``."""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def format_time(moment: datetime) -> str:
    """``2026-01-31T12:00:00.000000Z`` of an aware datetime."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def parse_time(text: str) -> datetime:
    """The aware UTC datetime of an RFC 3339 text; ValueError when it is not one.

    Digits past the microsecond are cut.
    """
    if not _RFC3339.fullmatch(text):
        raise ValueError("not an RFC 3339 timestamp with a time zone")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time outside the years 1 to 9999") from error


def normalise_time(text: str) -> str:
    """The same moment ending in ``Z``; a text that already does is returned as it came."""
    moment = parse_time(text)
    if text.endswith("Z") and "T" in text:
        return text
    return format_time(moment)
