"""One displayed value, and the formats values are displayed in."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from dashboard.parts.numbers import count, exact, plural, shortened

NONE = "–"
_LONGEST_SCORE = 6
"""Characters beside a meter: a score's digits must not take the width of the text it is about."""


class Cell(Struct, omit_defaults=True, kw_only=True, frozen=True):
    """A value as a page shows it; a frame carries the same members as JSON.

    ``tone`` names the colour of a state, ``at`` makes the text a time (RFC 3339), ``level`` (0–1)
    draws a meter, ``title`` is the full text of something shortened.
    """

    text: str = ""
    tone: str = ""
    at: str = ""
    level: float | None = None
    title: str = ""
    href: str = ""
    mono: bool = False

    @property
    def is_none(self) -> bool:
        """Nothing to say: a card on a phone leaves it out."""
        return self.text == NONE

    @property
    def percent(self) -> str:
        """The level as an SVG length, which a strict content security policy lets through."""
        return f"{(self.level or 0) * 100:.2f}"


def shorten(text: str, limit: int = 120) -> str:
    """The text on one line, cut at a word when it is longer than the limit."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    cut = flat[:limit].rsplit(" ", 1)[0]
    return (cut if len(cut) > limit // 2 else flat[:limit]).rstrip(" ,.;:") + "…"


def text_cell(text: str, *, limit: int = 120, mono: bool = False) -> Cell:
    short = shorten(text, limit)
    return Cell(text=short, title=text[:2000] if short != text else "", mono=mono)


def number_cell(value: float) -> Cell:
    """A number that a user has written."""
    text = shortened(value)
    return Cell(text=text, title=_rest_of(value, text))


def count_cell(value: int) -> Cell:
    """A count of ours."""
    return Cell(text=count(value))


def score_cell(value: float) -> Cell:
    """A number from 0 to 1 as text and meter."""
    level = round(min(max(value, 0.0), 1.0), 4)
    text = shortened(value, _LONGEST_SCORE)
    return Cell(text=text, level=level, title=_rest_of(value, text))


def _rest_of(value: float, shown: str) -> str:
    full = exact(value)
    return full if full != shown else ""


def time_cell(at: str | None) -> Cell:
    """A moment; the page's script turns the text into "3 s ago" and keeps it ticking."""
    return Cell(text=clock(at), at=at) if at else Cell(text=NONE)


def status_cell(status: str) -> Cell:
    return Cell(text=status, tone=status.lower())


def clock(at: str) -> str:
    """``2026-01-31 12:00:05`` of an RFC 3339 time in UTC."""
    return at[:19].replace("T", " ")


def brief(value: Any, limit: int = 60) -> str:
    """Any JSON value on one short line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, int | float):
        return shortened(value)
    if isinstance(value, str):
        return shorten(value, limit) if value else "empty"
    if isinstance(value, Sequence):
        return plural(len(value), "item")
    if isinstance(value, dict):
        return plural(len(value), "key")
    raise TypeError(f"not a JSON value: {type(value).__name__}")
