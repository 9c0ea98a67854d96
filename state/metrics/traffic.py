"""Minutes as the points of charts: rates, percentiles, hit rates of even stretches of time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from state.metrics.durations import BUCKETS
from state.metrics.minutes import Minute, by_minute, minute_of
from state.metrics.windows import added, milliseconds

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Point:
    """What happened from ``at`` on, a second or a minute; None where nothing was asked."""

    at: datetime
    operations_per_second: float
    changes_per_second: float
    errors_per_minute: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    hit_rate: float | None


def traffic(rows: Iterable[Minute], now: datetime, minutes: int, step: int) -> list[Point]:
    """The last ``minutes`` that are over, in stretches of ``step`` minutes by the clock, oldest
    first; a stretch without a row is one in which nothing happened.
    """
    this_minute = minute_of(now)
    known = by_minute(rows)
    begin = this_minute - minutes * MINUTE
    begin -= timedelta(minutes=(begin.hour * 60 + begin.minute) % step)
    points = []
    while begin < this_minute:
        end = min(begin + step * MINUTE, this_minute)
        within = [begin + number * MINUTE for number in range((end - begin) // MINUTE)]
        total = _total(begin, [known[minute] for minute in within if minute in known])
        points.append(_point(total, 60.0 * len(within)))
        begin = end
    return points


def point_of_window(window: Mapping[str, Any], at: datetime, seconds: int) -> Point:
    """The point of a window's sums (``state.metrics.windows.summed``), which ends now."""
    total = Minute(at, hits=window["hits1"] + window["hits2"], changes=window["changes"])
    total.reads = window["hits1"] + window["misses1"]
    for count, errors, buckets in window["operations"].values():
        total.operations += count
        total.errors += errors
        total.durations = added(total.durations, buckets)
    return _point(total, float(seconds))


def _total(at: datetime, minutes: Iterable[Minute]) -> Minute:
    total = Minute(at, durations=[0] * BUCKETS)
    for one in minutes:
        total.operations += one.operations
        total.errors += one.errors
        total.hits += one.hits
        total.reads += one.reads
        total.changes += one.changes
        total.durations = added(total.durations, one.durations)
    return total


def _point(total: Minute, seconds: float) -> Point:
    def percentile_ms(share: float) -> float | None:
        return milliseconds(total.durations, share) if total.operations else None

    return Point(
        at=total.minute,
        operations_per_second=total.operations / seconds,
        changes_per_second=total.changes / seconds,
        errors_per_minute=60 * total.errors / seconds,
        p50_ms=percentile_ms(0.5),
        p95_ms=percentile_ms(0.95),
        p99_ms=percentile_ms(0.99),
        hit_rate=min(1.0, total.hits / total.reads) if total.reads else None,
    )
