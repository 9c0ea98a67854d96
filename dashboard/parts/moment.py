"""The moment a page shows, and the bar that says so: slider, steps, the way back to now."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from msgspec import Struct

from state.changelog.cursor import Cursor
from state.changelog.density import Density
from state.domain.errors import BadCursor
from state.domain.times import format_time, parse_time
from state.service import past, watching

STRETCHES = 120
"""Bars under the slider."""

BARS_HEIGHT = 20.0
SLIDER_STEPS = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")


class Moment(Struct, kw_only=True):
    """``given`` is the ``at`` of the address: a time or a cursor."""

    given: str
    position: Cursor
    time: datetime


class Bar(Struct, kw_only=True):
    """A bar of the density, in the units of an SVG that is one wide for every stretch."""

    x: int
    y: float
    height: float


class TimeBar(Struct, kw_only=True):
    at: str
    """The moment, RFC 3339."""
    field: str
    """The same as a date field takes it, UTC."""
    begin_ms: int
    end_ms: int
    position: int
    begin: str
    bars: list[Bar]
    kept: dict[str, str]
    """The other parameters of the address, which stay."""
    back_url: str
    earlier_url: str
    later_url: str

    @property
    def shown(self) -> str:
        """``2026-01-31 12:00:05.250 UTC``."""
        return f"{self.at[:23].replace('T', ' ')} UTC"

    @property
    def begun(self) -> str:
        """``2026-01-31 12:00 UTC``: where the slider begins."""
        return f"{self.begin[:16].replace('T', ' ')} UTC"


def as_rfc3339(text: str) -> str:
    """A date field's text, which has no time zone, as a time in UTC; other texts as they are."""
    match = _LOCAL.fullmatch(text)
    if match is None:
        return text
    return f"{text}Z" if match[1] else f"{text}:00Z"


def as_field(text: str) -> str:
    """A time as a date field takes it, UTC; nothing for what is none."""
    try:
        return format_time(parse_time(as_rfc3339(text).replace(" ", "+")))[:23]
    except ValueError:
        return ""


def read_moment(given: str) -> Moment:
    """The moment that a time or a cursor names; raises BadCursor or CursorExpired."""
    text = as_rfc3339(given)
    try:
        position = watching.position_of(text)
    except BadCursor:
        raise BadCursor(
            f"{given[:80]!r} is neither a time such as 2026-01-31T12:00:00Z nor a cursor."
        ) from None
    try:
        time = parse_time(text.replace(" ", "+"))
    except ValueError:
        time = _EPOCH + timedelta(microseconds=position.at_us)
    return Moment(given=given, position=position, time=time)


def present_time_bar(moment: Moment, path: str, given: Mapping[str, str]) -> TimeBar:
    """The bar of a page with these parameters; a page token is of one moment and does not stay."""
    density = past.changes_over_time(STRETCHES)
    kept = {name: text for name, text in given.items() if name not in ("at", "page")}

    def link(**more: str) -> str:
        query = urlencode({**kept, **more})
        return f"?{query}" if query else path

    def step(by: int) -> str:
        position = watching.change_near(moment.position, by)
        return link(at=str(position)) if position else ""

    whole = (density.end - density.begin) / timedelta(milliseconds=1) or 1.0
    part = (moment.time - density.begin) / timedelta(milliseconds=1)
    return TimeBar(
        at=format_time(moment.time),
        field=as_field(format_time(moment.time)),
        begin_ms=_milliseconds(density.begin),
        end_ms=_milliseconds(density.end),
        position=round(min(max(part / whole, 0.0), 1.0) * SLIDER_STEPS),
        begin=format_time(density.begin),
        bars=present_bars(density),
        kept=kept,
        back_url=link(),
        earlier_url=step(-1),
        later_url=step(1),
    )


def present_bars(density: Density) -> list[Bar]:
    """Bars of the stretches in which something changed; the fullest one has the full height."""
    most = max(density.changes, default=0.0)
    bars = []
    for x, changes in enumerate(density.changes):
        if changes:
            height = round(max(1.0, BARS_HEIGHT * changes / most), 2)
            bars.append(Bar(x=x, y=round(BARS_HEIGHT - height, 2), height=height))
    return bars


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)
