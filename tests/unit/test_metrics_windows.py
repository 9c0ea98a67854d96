"""Tallies, windows and percentiles (contract §9)."""

from datetime import UTC, datetime, timedelta

import pytest

from state.metrics.durations import BUCKETS, bucket_of, percentile
from state.metrics.minutes import Minutes, as_figures, series, under_way
from state.metrics.operations import OperationTallies
from state.metrics.windows import Windows, report, summed


def histogram(*seconds: float) -> list[int]:
    buckets = [0] * BUCKETS
    for one in seconds:
        buckets[bucket_of(one)] += 1
    return buckets


@pytest.mark.parametrize(
    ("seconds", "share", "low", "high"),
    [
        ([0.001] * 100, 0.5, 0.0005, 0.001),
        ([0.001] * 95 + [0.2] * 5, 0.95, 0.0005, 0.001),
        ([0.001] * 94 + [0.2] * 6, 0.95, 0.15, 0.25),
        ([3600.0], 0.99, 60.0, 60.0),
        ([], 0.95, 0.0, 0.0),
    ],
)
def test_a_percentile_is_in_the_bucket_of_its_observation(
    seconds: list[float], share: float, low: float, high: float
) -> None:
    assert low <= percentile(histogram(*seconds), share) <= high


def test_what_was_taken_is_not_taken_again() -> None:
    tallies = OperationTallies()
    tallies.record("put_state", "agent", "ok", 0.002)
    tallies.record("put_state", "agent", "ok", 0.004)
    tally = tallies.take()["put_state", "agent", "ok"]
    assert (tally.count, tally.seconds) == (2, pytest.approx(0.006))
    assert tallies.take() == {}


def test_a_window_forgets_what_is_older() -> None:
    windows, tallies = Windows(), OperationTallies()
    for second in range(0, 300, 10):
        tallies.record("get_state", "agent", "ok", 0.001)
        windows.add(tallies.take(), {"hits1": 1}, float(second))
    figures = windows.figures(295.0)
    counts = {name: window["operations"]["get_state"][0] for name, window in figures.items()}
    assert counts == {"1m": 6, "5m": 30, "15m": 30}
    assert figures["1m"]["hits1"] == 6


def test_the_deployment_is_the_sum_but_for_changes_that_all_see() -> None:
    windows, tallies = Windows(), OperationTallies()
    tallies.record("get_state", "agent", "ok", 0.001)
    tallies.record("get_state", "agent", "internal", 0.001)
    tallies.record("get_state", "agent", "not_found", 0.001)
    windows.add(
        tallies.take(), {"hits1": 3, "misses1": 1, "hits2": 0, "changes": 60, "reads3": 1}, 1.0
    )
    one = windows.figures(1.0)["1m"]
    shown = report(summed([one, one]), 60)
    assert shown["operations"]["get_state"] == {
        "count": 6,
        "perSecond": 0.1,
        "errors": 2,
        "p50Ms": pytest.approx(0.75, abs=0.25),
        "p95Ms": pytest.approx(0.75, abs=0.25),
        "p99Ms": pytest.approx(0.75, abs=0.25),
    }
    assert shown["cache"]["hitRate"] == 0.75
    assert shown["changesPerSecond"] == 1.0


def test_the_minute_under_way_is_that_of_all_workers() -> None:
    now = datetime(2026, 1, 2, 3, 4, 30, tzinfo=UTC)
    totals = {"hits1": 1, "misses1": 1, "hits2": 0, "changes": 5}

    def told_at(moment: datetime) -> dict[str, object]:
        one, tallies = Minutes(), OperationTallies()
        tallies.record("put", "agent", "ok", 0.002)
        tallies.record("put", "agent", "internal", 0.002)
        one.add(tallies.take(), totals, moment)
        return {"minute": as_figures(one.waiting()[-1])}

    figures = [told_at(now), told_at(now), told_at(now - timedelta(minutes=1)), {"minute": None}]
    [point] = series(under_way(figures, now))
    assert (point["operations"], point["errors"], point["changes"]) == (4, 2, 5)
    assert (point["at"], point["hitRate"]) == ("2026-01-02T03:04:00.000000Z", 0.5)
