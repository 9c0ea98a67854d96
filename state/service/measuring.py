"""Carries what this process counts to where it is read: Prometheus, the windows, the minutes."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
from django.conf import settings
from django.db import Error, connection

from state import __version__
from state.apo import load
from state.cache.tiers import Tiers
from state.changelog.tail import Tail
from state.metrics.exported import exported, open_sockets
from state.metrics.minutes import SERIES_HOURS, Minute, Minutes, as_figures
from state.metrics.operations import OperationTallies
from state.metrics.windows import COUNTED, Windows
from state.models import MetricMinute
from state.presence import workers
from state.runtime.background import BackgroundThread, loops
from state.service import executing

PUBLISH_SECONDS = 0.8
_CLEAN_UP_SECONDS = 600.0
_LEVELS = ("L1", "L2")

tallies = OperationTallies()
"""Where the frame counts every operation."""


@dataclass(slots=True)
class _Totals:
    """Counters that others keep, as they stood the last time they were looked at."""

    values: dict[str, int]

    def growth(self, now: Mapping[str, int]) -> dict[str, int]:
        grown = {name: value - self.values.get(name, 0) for name, value in now.items()}
        self.values = dict(now)
        return grown


@dataclass(slots=True)
class _CountElsewhere:
    """A counter of another server, as it stood when it was last known; it begins anew with it."""

    value: int | None = None

    def growth(self, now: int | None) -> int:
        """What came since the last look; nothing at the first, and while it is not known."""
        if now is None:
            return 0
        before, self.value = self.value, now
        if before is None:
            return 0
        return now - before if now >= before else now


class Measuring:
    """Publishes as often as workers report, and when somebody asks."""

    def __init__(self, tiers: Tiers, tail: Tail) -> None:
        self._tiers = tiers
        self._tail = tail
        self._process = psutil.Process(os.getpid())
        self._windows = Windows()
        self._minutes = Minutes()
        self._counted = _Totals({})
        self._evicted = _Totals({})
        self._evicted_by_redis = _CountElsewhere()
        self._failures = _Totals({})
        self._changes = 0
        self._cleaned_at = time.monotonic()
        self._loop = BackgroundThread("metrics", self._round, close=self._keep_the_last)
        self._is_ending = False
        tail.subscribe(self._count_changes)

    def start(self) -> None:
        """Starts; does nothing when it runs already."""
        self._loop.start()

    def stop(self) -> None:
        """Ends the thread; the minute under way is kept."""
        self._is_ending = True
        self._loop.stop()

    @property
    def resident_bytes(self) -> int:
        """This process's resident memory."""
        return int(self._process.memory_info().rss)

    def figures(self) -> dict[str, Any]:
        """What this worker tells of itself in its report."""
        return {
            "windows": self._windows.figures(),
            "minute": as_figures(waiting[-1]) if (waiting := self._minutes.waiting()) else None,
            "memoryBytes": self.resident_bytes,
            "memoryLimitBytes": settings.LIGHTNING_MAX_MEMORY_MB * 1024 * 1024,
            "utilization": load.instance.utilization,
            "scaling": load.instance.scaling,
            "workersLost": load.instance.workers_lost,
            "sockets": open_sockets(),
            "hasRedis": self._tiers.level_two is not None,
        }

    def publish(self) -> None:
        """Carries over everything that was counted since the last time."""
        taken = tallies.take()
        level_one, level_two = self._tiers.level_one, self._tiers.level_two
        totals = self._counted.growth(
            {
                "hits1": level_one.hits,
                "misses1": level_one.misses,
                "hits2": level_two.hits if level_two else 0,
                "misses2": level_two.misses if level_two else 0,
                "reads3": self._tiers.database_reads,
                "changes": self._changes,
            }
        )
        assert set(totals) == set(COUNTED)
        self._windows.add(taken, totals)
        self._minutes.add(taken, totals, datetime.now(UTC))
        metrics = exported()
        metrics.add(taken)
        for level, name in zip(_LEVELS, ("1", "2"), strict=True):
            metrics.cache_hits.labels(level).inc(totals[f"hits{name}"])
            metrics.cache_misses.labels(level).inc(totals[f"misses{name}"])
        metrics.database_reads.inc(totals["reads3"])
        evicted = self._evicted.growth({"L1": level_one.evictions})
        metrics.cache_evictions.labels("L1").inc(evicted["L1"])
        if level_two is not None:
            by_redis = self._evicted_by_redis.growth(level_two.gauges.evictions)
            metrics.cache_evictions.labels("L2").inc(by_redis / self._parts)
        for loop, count in self._failures.growth(loops.failures()).items():
            metrics.background_failures.labels(loop).inc(count)
        self._set_gauges()

    def unkept_minutes(self) -> list[Minute]:
        """This worker's minutes that are not in the database yet, the one under way among them."""
        return self._minutes.waiting()

    @property
    def _parts(self) -> int:
        """Of what Redis tells of itself: it is one for all workers, and theirs are added up."""
        return load.instance.workers

    def _set_gauges(self) -> None:
        metrics = exported()
        level_one, level_two = self._tiers.level_one, self._tiers.level_two
        metrics.cache_bytes.labels("L1").set(level_one.size_bytes)
        metrics.cache_entries.labels("L1").set(level_one.entry_count)
        if level_two is not None and level_two.available:
            metrics.cache_bytes.labels("L2").set(level_two.gauges.size_bytes / self._parts)
            metrics.cache_entries.labels("L2").set(level_two.gauges.entries / self._parts)
        metrics.executing.set(sum(one.executing for one in executing.limiters()))
        metrics.queue.set(sum(one.queued for one in executing.limiters()))
        metrics.utilization.set(load.instance.utilization)
        metrics.workers.set(load.instance.workers)
        metrics.lag.set(self._tail.lag_seconds or 0.0)
        metrics.memory.set(self.resident_bytes)
        metrics.threshold.set(settings.LIGHTNING_CONFIDENCE_THRESHOLD)
        metrics.build.labels(__version__).set(1)

    def _count_changes(self, events: list[Any]) -> None:
        self._changes += len(events)

    def _round(self) -> float:
        self.publish()
        self._keep(self._minutes.passed(datetime.now(UTC)))
        if time.monotonic() - self._cleaned_at > _CLEAN_UP_SECONDS:
            self._cleaned_at = time.monotonic()
            before = datetime.now(UTC) - timedelta(hours=SERIES_HOURS)
            MetricMinute.objects.filter(minute__lt=before).delete()
            connection.close()
        return PUBLISH_SECONDS

    def _keep(self, minutes: list[Minute]) -> None:
        """Writes minutes that are over; a minute that cannot be kept is one that is not shown."""
        if not minutes:
            return
        try:
            MetricMinute.objects.bulk_create(
                [
                    MetricMinute(
                        minute=one.minute,
                        worker=workers.me.id,
                        operations=one.operations,
                        errors=one.errors,
                        hits=one.hits,
                        reads=one.reads,
                        changes=one.changes,
                        durations=one.durations,
                    )
                    for one in minutes
                ],
                ignore_conflicts=True,
            )
        finally:
            connection.close()

    def _keep_the_last(self) -> None:
        if self._is_ending:
            self.publish()
            try:
                self._keep(self._minutes.passed(datetime.now(UTC), all_of_them=True))
            except Error:
                connection.close()  # the database is gone before us: the minute is lost


def kept_minutes(since: datetime) -> list[Minute]:
    """What all workers have kept since then."""
    return [
        Minute(
            row.minute, row.operations, row.errors, row.hits, row.reads, row.changes, row.durations
        )
        for row in MetricMinute.objects.filter(minute__gte=since).order_by("minute")
    ]
