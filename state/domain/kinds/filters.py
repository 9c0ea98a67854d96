"""The filters of a list: which column each compares, and how its text is read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta

Q_MAX = 1000
"""SQLite refuses a LIKE pattern past 50,000 bytes, and escapes make some of a character."""

SHARED_FILTERS = ("q", "updatedSince")
"""What every list takes: a text in the values of a state, and a time."""


@dataclass(frozen=True, slots=True)
class Filter:
    """``column comparison value``; ``type`` is for documentation, ``read`` raises ValueError."""

    column: str
    comparison: Literal["=", ">="]
    type: Any
    read: Callable[[str], Any]


def one_of(column: str, names: tuple[str, ...]) -> Filter:
    """Equal to one of the names."""

    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return text

    return Filter(column, "=", Literal[names], read)


def equal_text(column: str) -> Filter:
    """Equal to the text."""
    return Filter(column, "=", str, _text)


def is_true(column: str) -> Filter:
    """``true`` or ``false``."""
    return Filter(column, "=", bool, _boolean)


def at_least(column: str) -> Filter:
    """Not below a number from 0 to 1."""
    return Filter(column, ">=", Annotated[float, Meta(ge=0, le=1)], _fraction)


def _text(text: str) -> str:
    if "\x00" in text:
        raise ValueError("NUL characters match nothing")
    return text


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def _fraction(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise ValueError("must be between 0 and 1")
    return number
