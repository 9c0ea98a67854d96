"""The last 15 minutes of a process in slots of 5 seconds, summed into 1, 5 and 15 minutes."""

import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from state.metrics.durations import BUCKETS, percentile
from state.metrics.operations import OK, Key, Tally

SLOT_SECONDS = 5
WINDOWS = {"1m": 60, "5m": 300, "15m": 900}
"""Name and length in seconds."""

COUNTED = ("hits1", "misses1", "hits2", "misses2", "reads3", "changes")
"""Counted beside operations: hits and misses by level, reads of the database, changes seen."""

EXPECTED_REFUSALS = frozenset(
    {
        "version_conflict", "version_not_reached", "precondition_required", "not_found",
        "lock_unavailable", "locked", "lock_lost", "idempotency_in_flight", "batch_rejected",
    }
)  # fmt: skip
"""Answers that are part of normal work: they are no errors of an operation."""


def is_error(result: str) -> bool:
    """Whether a result counts as an error: what nobody does on purpose."""
    return result != OK and result not in EXPECTED_REFUSALS


@dataclass(slots=True)
class Slot:
    """What happened in some seconds, by operation."""

    number: int
    counts: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    buckets: dict[str, list[int]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)

    def add(self, tallies: Mapping[Key, Tally], totals: Mapping[str, int]) -> None:
        for (operation, _, result), tally in tallies.items():
            self.counts[operation] = self.counts.get(operation, 0) + tally.count
            if is_error(result):
                self.errors[operation] = self.errors.get(operation, 0) + tally.count
            known = self.buckets.get(operation)
            self.buckets[operation] = (
                list(tally.buckets) if known is None else added(known, tally.buckets)
            )
        for name, count in totals.items():
            self.totals[name] = self.totals.get(name, 0) + count


class Windows:
    """Thread-safe; one a process. Its figures are plain JSON, so that they travel in a report."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: deque[Slot] = deque(maxlen=WINDOWS["15m"] // SLOT_SECONDS + 1)

    def add(
        self, tallies: Mapping[Key, Tally], totals: Mapping[str, int], now: float | None = None
    ) -> None:
        """Adds what was counted just now; ``now`` is monotonic seconds."""
        number = _slot_number(now)
        with self._lock:
            if not self._slots or self._slots[-1].number != number:
                self._slots.append(Slot(number))
            self._slots[-1].add(tallies, totals)

    def figures(self, now: float | None = None) -> dict[str, Any]:
        """Each window's sums: ``{"1m": {"operations": {name: [count, errors, buckets]}, …}}``."""
        number = _slot_number(now)
        with self._lock:
            slots = list(self._slots)
            return {
                name: _sums(
                    slot for slot in slots if number - slot.number < seconds // SLOT_SECONDS
                )
                for name, seconds in WINDOWS.items()
            }


def _slot_number(now: float | None) -> int:
    return int((time.monotonic() if now is None else now) // SLOT_SECONDS)


def added(one: list[int], more: list[int]) -> list[int]:
    """Two histograms' buckets, added."""
    return [left + right for left, right in zip(one, more, strict=True)]


def _sums(slots: Iterable[Slot]) -> dict[str, Any]:
    operations: dict[str, list[Any]] = {}
    totals = dict.fromkeys(COUNTED, 0)
    for slot in slots:
        for name, count in slot.counts.items():
            _add(operations, name, [count, slot.errors.get(name, 0), slot.buckets[name]])
        for name, count in slot.totals.items():
            totals[name] += count
    return {"operations": operations, **totals}


def _add(operations: dict[str, list[Any]], name: str, figures: list[Any]) -> None:
    count, errors, buckets = figures
    known = operations.get(name, [0, 0, [0] * BUCKETS])
    operations[name] = [known[0] + count, known[1] + errors, added(known[2], buckets)]


def summed(figures: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One window of many processes. Every process sees every change: those are not added up."""
    operations: dict[str, list[Any]] = {}
    totals = dict.fromkeys(COUNTED, 0)
    for one in figures:
        for name, of_operation in one["operations"].items():
            _add(operations, name, of_operation)
        for name in COUNTED:
            changed = max if name == "changes" else int.__add__
            totals[name] = changed(totals[name], one[name])
    return {"operations": operations, **totals}


def report(window: Mapping[str, Any], seconds: int) -> dict[str, Any]:
    """A window's sums as contract §9 shows them."""
    return {
        "operations": {
            name: {
                "count": count,
                "perSecond": round(count / seconds, 3),
                "errors": errors,
                "p50Ms": milliseconds(buckets, 0.5),
                "p95Ms": milliseconds(buckets, 0.95),
                "p99Ms": milliseconds(buckets, 0.99),
            }
            for name, (count, errors, buckets) in sorted(window["operations"].items())
        },
        "cache": {
            "hitRate": hit_rate(window),
            "levels": {
                "L1": {"hits": window["hits1"], "misses": window["misses1"]},
                "L2": {"hits": window["hits2"], "misses": window["misses2"]},
                "L3": {"reads": window["reads3"]},
            },
        },
        "changesPerSecond": round(window["changes"] / seconds, 3),
    }


def milliseconds(buckets: list[int], share: float) -> float:
    """A percentile in milliseconds."""
    return round(1000 * percentile(buckets, share), 3)


def hit_rate(window: Mapping[str, Any]) -> float:
    """The part of the cached reads that the database was spared; 0 before any."""
    reads: int = window["hits1"] + window["misses1"]
    return min(1.0, (window["hits1"] + window["hits2"]) / reads) if reads else 0.0
