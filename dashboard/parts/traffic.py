"""Points of the traffic charts as the numbers and texts of pages and frames."""

from msgspec import Struct

from dashboard.parts.cells import NONE, clock
from dashboard.parts.numbers import percent
from state.domain.times import format_time
from state.metrics.traffic import Point


class TrafficPoint(Struct, kw_only=True):
    """``values`` by the chart's series, None where there is none; ``texts`` as people read them."""

    at: str
    text: str
    values: dict[str, float | None]
    texts: dict[str, str]


def present_point(point: Point) -> TrafficPoint:
    at = format_time(point.at)
    values: dict[str, float | None] = {
        "operations": round(point.operations_per_second, 3),
        "changes": round(point.changes_per_second, 3),
        "errors": round(point.errors_per_minute, 3),
        "p50": point.p50_ms,
        "p95": point.p95_ms,
        "p99": point.p99_ms,
        "hitRate": None if point.hit_rate is None else round(point.hit_rate, 4),
    }
    texts = {name: NONE if value is None else _text(name, value) for name, value in values.items()}
    return TrafficPoint(at=at, text=clock(at), values=values, texts=texts)


def _text(name: str, value: float) -> str:
    if name == "hitRate":
        return percent(value)
    return (
        f"{value:,.0f}" if value >= 100 or value == 0 else f"{value:,.2f}".rstrip("0").rstrip(".")
    )
