"""What the workers' figures say of the rules over metrics: pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from state.alerts.judge import Breach
from state.alerts.rules import Rule
from state.metrics.windows import hit_rate, milliseconds, summed

_OPERATIONS_AT_LEAST = 5
_ANSWERS_AT_LEAST = 20
_READS_AT_LEAST = 100


@dataclass(frozen=True, slots=True)
class Report:
    """What one worker has told of itself."""

    instance: str
    figures: Mapping[str, Any]


def breaches_of(
    rules: Mapping[str, Rule], reports: Sequence[Report], minute: str, waiting: Set[str]
) -> Iterator[Breach]:
    """Every rule over metrics that is broken now.

    Args:
        minute: which minute it is: an alert counts the minutes in which its cause was seen.
        waiting: operations that wait by their nature, whose durations say nothing.
    """
    for name, subject, value in _values(reports, waiting):
        rule = rules.get(name)
        if rule is not None and rule.is_broken_by(value):
            yield Breach(rule, subject, value, minute)


def _values(reports: Sequence[Report], waiting: Set[str]) -> Iterator[tuple[str, str, float]]:
    windows = [report.figures["windows"] for report in reports if "windows" in report.figures]
    minute = summed(window["1m"] for window in windows)
    counted = failed = 0
    for operation, (count, errors, buckets) in minute["operations"].items():
        counted, failed = counted + count, failed + errors
        if count >= _OPERATIONS_AT_LEAST and operation not in waiting:
            yield "slow_operation", operation, milliseconds(buckets, 0.95)
    if counted >= _ANSWERS_AT_LEAST:
        yield "error_rate", "all operations", failed / counted
    five = summed(window["5m"] for window in windows)
    if five["hits1"] + five["misses1"] >= _READS_AT_LEAST:
        yield "hit_rate", "all levels", hit_rate(five)
    yield from _of_instances(reports)


def _of_instances(reports: Sequence[Report]) -> Iterator[tuple[str, str, float]]:
    instances: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for report in reports:
        instances[report.instance].append(report.figures)
    for instance, group in instances.items():
        used = sum(one["L1"]["bytes"] for one in group)
        limit = sum(one["L1"]["maxBytes"] for one in group)
        yield "cache_memory", instance, used / limit if limit else 0.0
        if all("memoryBytes" in one for one in group):
            limit = group[0]["memoryLimitBytes"]
            yield "memory", instance, sum(one["memoryBytes"] for one in group) / limit
        yield "change_log_lag", instance, max(one.get("lagSeconds") or 0.0 for one in group)
        yield "worker_lost", instance, max(one.get("workersLost", 0) for one in group)
        failing = {
            name for one in group for name, check in one.get("loops", {}).items() if check != "ok"
        }
        yield "background_failure", instance, len(failing)
    if any(not one.figures["L2"].get("available", True) for one in reports if _has_redis(one)):
        yield "redis_down", "Redis", 1
    else:
        yield "redis_down", "Redis", 0


def _has_redis(report: Report) -> bool:
    return bool(report.figures.get("hasRedis"))
