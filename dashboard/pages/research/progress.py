"""Iterations, quality and facts of a research over its history."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from dashboard.parts.cells import Cell, time_cell
from dashboard.parts.numbers import exact


class Point(Struct, kw_only=True):
    """A version at which something of the three changed; numbers are plain for the chart."""

    version: int
    at: Cell
    iteration: int
    quality: str
    facts: int


class _Event(Struct, rename="camel", kw_only=True):
    version: int
    at: str
    old_values: dict[str, Any] | None = None
    new_values: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(_Event)
_NAMES = ("iterationCount", "currentQualityScore", "factCount")


def present_progress(newest_first: Iterable[bytes]) -> list[Point]:
    """The points of these events, oldest first.

    What an event does not name has not changed since the event before it. Before the first event
    that is at hand, the old values of the next one that names it tell.
    """
    events = [_decoder.decode(document) for document in newest_first]
    events.reverse()
    values = _values_before(events)
    points: list[Point] = []
    for event in events:
        new = event.new_values or {}
        named = {name: new[name] for name in _NAMES if isinstance(new.get(name), int | float)}
        if not named and points:
            continue
        values |= named
        points.append(
            Point(
                version=event.version,
                at=time_cell(event.at),
                iteration=int(values["iterationCount"]),
                quality=exact(values["currentQualityScore"]),
                facts=int(values["factCount"]),
            )
        )
    return points


def _values_before(events: list[_Event]) -> dict[str, float]:
    values: dict[str, float] = dict.fromkeys(_NAMES, 0)
    for event in reversed(events):
        old = event.old_values or {}
        values |= {name: old[name] for name in _NAMES if isinstance(old.get(name), int | float)}
    return values
