"""Each rule over metrics opens at its threshold and closes below it, from made-up figures (§9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from state.alerts.figures import Report, breaches_of
from state.alerts.judge import Judge, OpenAlert
from state.alerts.rules import STATE_KINDS, built_in_rules, named
from state.metrics.durations import BUCKETS, bucket_of
from state.metrics.windows import COUNTED

RULES = named(built_in_rules(slow_operation_ms=100, silent_seconds=300, verified_threshold=0.75))
MB = 1024 * 1024


def operation(count: int, errors: int = 0, seconds: float = 0.001) -> list[Any]:
    buckets = [0] * BUCKETS
    buckets[bucket_of(seconds)] = count
    return [count, errors, buckets]


def window(operations: Mapping[str, list[Any]] | None = None, **totals: int) -> dict[str, Any]:
    return {"operations": operations or {}, **dict.fromkeys(COUNTED, 0), **totals}


def worker(instance: str = "i1", **changed: Any) -> Report:
    """A worker that does well, but for what is said."""
    figures = {
        "windows": {"1m": window(), "5m": window()},
        "L1": {"bytes": 10 * MB, "maxBytes": 100 * MB},
        "L2": {"available": True},
        "hasRedis": True,
        "memoryBytes": 100 * MB,
        "memoryLimitBytes": 2048 * MB,
        "lagSeconds": 0.0,
        "workersLost": 0,
        "loops": {"tail": "ok"},
    }
    return Report(instance, figures | changed)


def in_a_minute(**operations: list[Any]) -> Report:
    return worker(windows={"1m": window(operations), "5m": window()})


def in_five(**totals: int) -> Report:
    return worker(windows={"1m": window(), "5m": window(**totals)})


@dataclass(frozen=True)
class Cause:
    """The subject of an alert, what opens it, and what is only just not enough."""

    subject: str
    opens: tuple[Report, ...]
    is_fine: tuple[tuple[Report, ...], ...]
    for_seconds: float = 0


CAUSES = {
    "slow_operation": Cause(
        "put",
        (in_a_minute(put=operation(5, seconds=0.12)),),
        (
            (in_a_minute(put=operation(4, seconds=0.12)),),
            (in_a_minute(put=operation(5, seconds=0.1)),),
            (in_a_minute(events=operation(50, seconds=20)),),  # it waits by its nature
        ),
    ),
    "error_rate": Cause(
        "all operations",
        (in_a_minute(put=operation(99, 1)), in_a_minute(get=operation(99, 1), put=operation(1))),
        (
            (in_a_minute(put=operation(100, 1)),),
            (in_a_minute(put=operation(19, 19)),),
        ),
    ),
    "hit_rate": Cause(
        "all levels",
        (in_five(hits1=69, misses1=31),),
        (
            (in_five(hits1=70, misses1=30),),
            (in_five(hits1=50, misses1=50, hits2=20),),
            (in_five(hits1=0, misses1=99),),
        ),
    ),
    "cache_memory": Cause(
        "i1",
        (worker(L1={"bytes": 81, "maxBytes": 100}), worker("i2")),
        ((worker(L1={"bytes": 90, "maxBytes": 100}), worker(L1={"bytes": 70, "maxBytes": 100})),),
    ),
    "memory": Cause(
        "i1",
        (worker(memoryBytes=1025 * MB), worker(memoryBytes=1024 * MB)),
        ((worker(memoryBytes=2048 * MB),), (worker(memoryBytes=2000 * MB), worker("i2"))),
    ),
    "redis_down": Cause(
        "Redis",
        (worker(), worker(L2={"available": False})),
        ((worker(L2={"available": False}, hasRedis=False),),),
    ),
    "change_log_lag": Cause(
        "i1",
        (worker(lagSeconds=2.1), worker(lagSeconds=0.0)),
        ((worker(lagSeconds=2.0), worker(lagSeconds=None)),),
        for_seconds=2,
    ),
    "background_failure": Cause(
        "i1",
        (worker(loops={"tail": "ok", "housekeeping": "silent"}),),
        ((worker(loops={"tail": "ok"}),),),
    ),
    "worker_lost": Cause("i1", (worker(workersLost=1), worker(workersLost=1)), ((worker(),),)),
}


def judged(judge: Judge, reports: tuple[Report, ...], now: float, opened: Any = None) -> Any:
    breaches = list(breaches_of(RULES, reports, "12:00", frozenset({"events"})))
    return judge.judge(breaches, opened or {}, now)


def test_every_rule_over_metrics_has_its_cause_here() -> None:
    assert set(CAUSES) == {rule.name for rule in RULES.values() if rule.kind not in STATE_KINDS}


@pytest.mark.parametrize("name", CAUSES)
def test_it_opens_for_its_cause_and_closes_without_it(name: str) -> None:
    cause, judge = CAUSES[name], Judge()
    if cause.for_seconds:
        assert judged(judge, cause.opens, 100.0).opened == []
        assert judged(judge, cause.opens, 99.9 + cause.for_seconds).opened == []
    verdict = judged(judge, cause.opens, 100.0 + cause.for_seconds)
    assert [one.identity for one in verdict.opened] == [(name, cause.subject)]
    assert verdict.opened[0].rule.sentence(cause.subject, verdict.opened[0].value)
    known = {(name, cause.subject): OpenAlert(7, "12:00")}
    assert judged(judge, cause.opens, 110.0, known).closed == []
    for reports in cause.is_fine:
        assert judged(judge, reports, 120.0, known).closed == [7]


@pytest.mark.parametrize("name", CAUSES)
def test_what_is_just_not_enough_opens_nothing(name: str) -> None:
    judge = Judge()
    for reports in CAUSES[name].is_fine:
        for now in (0.0, 100.0):
            assert judged(judge, reports, now).opened == []


@pytest.mark.parametrize(
    ("reports", "value"),
    [
        (CAUSES["error_rate"].opens, 2 / 199),
        (CAUSES["memory"].opens, 2049 / 2048),
        (CAUSES["worker_lost"].opens, 1),
    ],
)
def test_the_value_is_the_whole_deployments_or_instances(
    reports: tuple[Report, ...], value: float
) -> None:
    [breach] = breaches_of(RULES, reports, "12:00", frozenset())
    assert breach.value == pytest.approx(value)
