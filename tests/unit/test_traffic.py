"""The points of the traffic charts: even stretches, gaps told as such, workers summed."""

from datetime import UTC, datetime, timedelta

from state.metrics.durations import BUCKETS, bucket_of
from state.metrics.minutes import Minute
from state.metrics.traffic import point_of_window, traffic

NOW = datetime(2026, 1, 31, 12, 7, 42, tzinfo=UTC)
NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def durations(seconds: float, count: int) -> list[int]:
    buckets = [0] * BUCKETS
    buckets[bucket_of(seconds)] = count
    return buckets


def minute(number: int, **figures: int) -> Minute:
    count = figures.get("operations", 0)
    return Minute(NOON + timedelta(minutes=number), durations=durations(0.002, count), **figures)


def test_every_minute_that_is_over_is_a_point_and_silence_has_no_latency() -> None:
    rows = [
        minute(5, operations=60, errors=3, hits=3, reads=4, changes=12),
        minute(5, operations=60, changes=12),  # another worker's: it saw the same changes
        minute(7, operations=999),  # is not over yet
    ]
    points = traffic(rows, NOW, minutes=3, step=1)
    assert [point.at.minute for point in points] == [4, 5, 6]
    silent, busy, _ = points
    assert (silent.operations_per_second, silent.p95_ms, silent.hit_rate) == (0, None, None)
    assert (busy.operations_per_second, busy.changes_per_second) == (2, 0.2)
    assert (busy.errors_per_minute, busy.hit_rate) == (3, 0.75)
    assert busy.p50_ms is not None
    assert 1.5 <= busy.p50_ms <= 2


def test_stretches_begin_by_the_clock_and_the_last_one_counts_what_is_over_of_it() -> None:
    rows = [minute(number, operations=60, changes=60) for number in range(-120, 7)]
    points = traffic(rows, NOW, minutes=60, step=15)
    assert [(point.at.hour, point.at.minute) for point in points] == [
        (11, 0), (11, 15), (11, 30), (11, 45), (12, 0),
    ]  # fmt: skip
    assert {point.operations_per_second for point in points} == {1}


def test_a_window_is_a_point() -> None:
    window = {
        "operations": {"a": [30, 1, durations(0.1, 30)], "b": [30, 0, durations(0.002, 30)]},
        "hits1": 6,
        "hits2": 2,
        "misses1": 4,
        "changes": 120,
    }
    point = point_of_window(window, NOW, 60)
    assert (point.operations_per_second, point.changes_per_second) == (1, 2)
    assert (point.errors_per_minute, point.hit_rate) == (1, 0.8)
    assert point.p99_ms is not None
    assert 80 <= point.p99_ms <= 100
