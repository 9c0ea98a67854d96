"""Minutes of a process as they pass, and the last 24 hours of a deployment as a series."""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from state.domain.times import format_time
from state.metrics.durations import BUCKETS
from state.metrics.operations import Key, Tally
from state.metrics.windows import added, is_error, milliseconds

SERIES_HOURS = 24


def minute_of(now: datetime) -> datetime:
    """When the minute of a moment began."""
    return now.replace(second=0, microsecond=0)


class Minute(Struct):
    """What happened in one minute of the wall clock."""

    minute: datetime
    operations: int = 0
    errors: int = 0
    hits: int = 0
    reads: int = 0
    changes: int = 0
    durations: list[int] = field(default_factory=lambda: [0] * BUCKETS)

    @property
    def is_empty(self) -> bool:
        return not (self.operations or self.reads or self.changes)


class Minutes:
    """Collects the minute under way; ``passed`` gives those that are over. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minutes: list[Minute] = []

    def add(self, tallies: Mapping[Key, Tally], totals: Mapping[str, int], now: datetime) -> None:
        """Adds what was counted just now."""
        at = minute_of(now)
        with self._lock:
            if not self._minutes or self._minutes[-1].minute < at:
                self._minutes.append(Minute(at))
            minute = self._minutes[-1]
            for (_, _, result), tally in tallies.items():
                minute.operations += tally.count
                if is_error(result):
                    minute.errors += tally.count
                minute.durations = added(minute.durations, tally.buckets)
            minute.hits += totals["hits1"] + totals["hits2"]
            minute.reads += totals["hits1"] + totals["misses1"]
            minute.changes += totals["changes"]

    def waiting(self) -> list[Minute]:
        """Those that ``passed`` has not given yet."""
        with self._lock:
            return [replace(one) for one in self._minutes]

    def passed(self, now: datetime, *, all_of_them: bool = False) -> list[Minute]:
        """The minutes that are over, once each; at the process's end the last one too."""
        at = minute_of(now)
        with self._lock:
            over = [one for one in self._minutes if all_of_them or one.minute < at]
            self._minutes = [one for one in self._minutes if one not in over]
        return [one for one in over if not one.is_empty]


def as_figures(minute: Minute) -> dict[str, Any]:
    """A minute as a worker tells it in its report: plain JSON."""
    return asdict(minute) | {"minute": minute.minute.isoformat()}


def under_way(figures: Iterable[Mapping[str, Any]], now: datetime) -> list[Minute]:
    """What workers tell of the minute that it is; of earlier ones they have kept what they know."""
    at = minute_of(now)
    told = (one["minute"] for one in figures if one.get("minute"))
    return [Minute(**one | {"minute": at}) for one in told if one["minute"] == at.isoformat()]


def by_minute(rows: Iterable[Minute]) -> dict[datetime, Minute]:
    """Minutes of many workers, summed. Every worker sees every change: those are not added up."""
    sums: dict[datetime, Minute] = {}
    for row in rows:
        total = sums.setdefault(row.minute, Minute(row.minute))
        total.operations += row.operations
        total.errors += row.errors
        total.hits += row.hits
        total.reads += row.reads
        total.changes = max(total.changes, row.changes)
        total.durations = added(total.durations, row.durations)
    return sums


def series(rows: Iterable[Minute]) -> list[dict[str, Any]]:
    """Minutes of many workers as one series, oldest first; minutes of silence are left out."""
    return [
        {
            "at": format_time(minute),
            "operations": one.operations,
            "errors": one.errors,
            "p95Ms": milliseconds(one.durations, 0.95),
            "hitRate": min(1.0, one.hits / one.reads) if one.reads else None,
            "changes": one.changes,
        }
        for minute, one in sorted(by_minute(rows).items())
    ]
