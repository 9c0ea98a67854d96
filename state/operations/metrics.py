"""``/api/v1/metrics``: how the deployment does, in windows and as a series (contract §9)."""

from typing import Annotated

from msgspec import Meta, Struct

from state.domain.jsontext import encode
from state.metrics.exported import MEDIA_TYPE
from state.operations.operation import Operation, Result
from state.operations.shapes import Count, Rate, Seconds, Time
from state.protocol.call import Answer, Call
from state.service import monitoring
from state.service.guard import ask_database

Milliseconds = Annotated[float, Meta(ge=0)]


class OperationFigures(Struct, rename="camel", kw_only=True):
    count: Count
    per_second: Seconds
    errors: Count
    p50_ms: Milliseconds
    p95_ms: Milliseconds
    p99_ms: Milliseconds


class LevelFigures(Struct, kw_only=True):
    hits: Count
    misses: Count


class ReadsOfLevel(Struct, kw_only=True):
    reads: Count


class CacheLevels(Struct, kw_only=True):
    L1: LevelFigures
    L2: LevelFigures
    L3: ReadsOfLevel


class CacheFigures(Struct, rename="camel", kw_only=True):
    hit_rate: Rate
    levels: CacheLevels


class Window(Struct, rename="camel", kw_only=True):
    operations: dict[str, OperationFigures]
    cache: CacheFigures
    changes_per_second: Seconds


class Point(Struct, rename="camel", kw_only=True):
    """One minute."""

    at: Time
    operations: Count
    errors: Count
    p95_ms: Milliseconds
    hit_rate: Rate | None
    changes: Count


class Metrics(Struct, kw_only=True):
    windows: dict[str, Window]
    series: list[Point]


async def _metrics(call: Call) -> Answer:
    return Answer(200, encode(await ask_database(monitoring.metrics_report)))


OPERATIONS = [
    Operation(
        name="metrics",
        method="GET",
        path="/api/v1/metrics",
        run=_metrics,
        tag="Deployment",
        summary="How the deployment does",
        is_never_shed=True,
        description="`windows` has the last 1, 5 and 15 minutes of all workers, by operation; "
        "errors leave out what is part of normal work (conflicts, locks, unknown ids). `series` "
        "has the minutes of the last 24 hours in which something happened, kept across restarts.",
        results={200: Result("Windows and series.", Metrics)},
    ),
]


async def _scrape(call: Call) -> Answer:
    body = await ask_database(monitoring.exposition)
    return Answer(200, body, media_type=MEDIA_TYPE)


SCRAPE = [
    Operation(
        name="scrape",
        method="GET",
        path="/metrics",
        run=_scrape,
        tag="Deployment",
        summary="The metrics for Prometheus",
        is_never_shed=True,
        results={200: Result("Prometheus' text format.", str, MEDIA_TYPE)},
    ),
]
