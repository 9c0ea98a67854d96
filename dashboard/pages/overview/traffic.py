"""Throughput, errors, latency and hit rate over the last minutes, an hour, a day."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from dashboard.parts.traffic import TrafficPoint, present_point
from state.service.monitoring import last_minute, recent_traffic


class Range(Struct, frozen=True, kw_only=True):
    """A stretch of time, in points of so many minutes."""

    name: str
    label: str
    minutes: int
    step: int


class Series(Struct, frozen=True, kw_only=True):
    name: str
    label: str
    tone: str


class Chart(Struct, frozen=True, kw_only=True):
    """The first of its series stands beside the title as a number."""

    name: str
    label: str
    unit: str
    series: tuple[Series, ...]


RANGES = (
    Range(name="15m", label="15 min", minutes=15, step=1),
    Range(name="1h", label="1 h", minutes=60, step=1),
    Range(name="24h", label="24 h", minutes=24 * 60, step=15),
)
DEFAULT = RANGES[1]

CHARTS = (
    Chart(
        name="throughput",
        label="Throughput",
        unit="calls/s",
        series=(
            Series(name="operations", label="Calls", tone="processing"),
            Series(name="changes", label="Changes", tone="completed"),
        ),
    ),
    Chart(
        name="errors",
        label="Errors",
        unit="/min",
        series=(Series(name="errors", label="Errors", tone="failed"),),
    ),
    Chart(
        name="latency",
        label="Latency",
        unit="ms p95",
        series=(
            Series(name="p95", label="p95", tone="processing"),
            Series(name="p50", label="p50", tone="completed"),
            Series(name="p99", label="p99", tone="unverified"),
        ),
    ),
    Chart(
        name="hits",
        label="Hit rate",
        unit="",
        series=(Series(name="hitRate", label="Hit rate", tone="completed"),),
    ),
)
SERIES = tuple(series for chart in CHARTS for series in chart.series)


class Row(Struct, kw_only=True):
    """A point as a row of the table of numbers, its values in the order of ``SERIES``."""

    at: str
    text: str
    cells: list[tuple[Series, float | None, str]]


def read_traffic(given: str) -> Mapping[str, Any]:
    """The charts' data over the range of this name; the default when there is no such range."""
    chosen = next((one for one in RANGES if one.name == given), DEFAULT)
    now = present_point(last_minute())
    points = [present_point(point) for point in recent_traffic(chosen.minutes, chosen.step)]
    return {
        "range": chosen,
        "ranges": RANGES,
        "charts": [{"chart": chart, "now": now.texts[chart.series[0].name]} for chart in CHARTS],
        "series": SERIES,
        "rows": [_row(point) for point in points],
        "now": _row(now),
    }


def _row(point: TrafficPoint) -> Row:
    cells = [(series, point.values[series.name], point.texts[series.name]) for series in SERIES]
    return Row(at=point.at, text=point.text, cells=cells)
