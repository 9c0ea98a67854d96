"""The metrics that Prometheus scrapes (contract §9), and the one place that names them.

With several workers prometheus-client keeps each process's numbers in a file of the directory
``PROMETHEUS_MULTIPROC_DIR``, which ``serve`` makes for its workers: whichever answers a scrape
adds them up. The library reads that variable when it is imported, so it is imported at first use.
"""

import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from state.metrics.durations import BOUNDS_SECONDS
from state.metrics.operations import OK, Key, Tally

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
SOCKETS = ("events", "dashboard")
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Exported:
    """Every metric of this process. ``exported()`` is the one of them."""

    def __init__(self) -> None:
        from prometheus_client import (
            CollectorRegistry,
            Counter,
            Gauge,
            Histogram,
            disable_created_metrics,
        )

        # When a counter began is nothing that anybody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, registry=self.registry)

        def gauge(name: str, text: str, *labels: str, mode: Any = "livesum") -> Gauge:
            return Gauge(name, text, labels, registry=self.registry, multiprocess_mode=mode)

        self.operations = counter(
            "lightning_operations", "Operations answered.", "operation", "kind", "result"
        )
        self.durations = Histogram(
            "lightning_operation_duration_seconds",
            "How long operations took.",
            ["operation"],
            buckets=BOUNDS_SECONDS,
            registry=self.registry,
        )
        self.executing = gauge("lightning_operations_executing", "Operations executing now.")
        self.queue = gauge("lightning_queue_depth", "Operations that wait for a slot or a batch.")
        self.utilization = gauge(
            "lightning_utilization_ratio",
            "Mean load of the instance's workers, 0 to 1: slots, event loop or processor.",
            mode="livemostrecent",
        )
        self.rejections = counter("lightning_rejections", "Refused operations.", "code")
        self.cache_hits = counter("lightning_cache_hits", "Reads a level answered.", "level")
        self.cache_misses = counter("lightning_cache_misses", "Reads a level missed.", "level")
        self.cache_bytes = gauge("lightning_cache_bytes", "Bytes a level holds.", "level")
        self.cache_entries = gauge("lightning_cache_entries", "Entries a level holds.", "level")
        self.cache_evictions = counter(
            "lightning_cache_evictions", "Entries that made room for others.", "level"
        )
        self.database_reads = counter(
            "lightning_database_reads", "Reads of states that went to the database."
        )
        self.lag = gauge(
            "lightning_change_log_lag_seconds",
            "Since when the slowest worker has not known the whole log.",
            mode="livemax",
        )
        self.sockets = gauge("lightning_websocket_clients", "Open WebSockets.", "socket")
        for socket in SOCKETS:  # none is open: that is 0, and not nothing
            self.sockets.labels(socket)
        self.verdicts = counter(
            "lightning_verdicts", "Verdicts on states and texts.", "verifier", "verdict"
        )
        self.verification_durations = Histogram(
            "lightning_verification_duration_seconds",
            "How long verifiers took.",
            ["verifier"],
            buckets=BOUNDS_SECONDS,
            registry=self.registry,
        )
        self.threshold = gauge(
            "lightning_confidence_threshold",
            "Confidence below which a write is refused.",
            mode="livemostrecent",
        )
        self.workers = gauge(
            "lightning_workers", "Workers of this instance.", mode="livemostrecent"
        )
        self.memory = gauge("lightning_resident_memory_bytes", "Resident memory of the workers.")
        self.background_failures = counter(
            "lightning_background_failures", "Rounds of background loops that failed.", "loop"
        )
        self.build = gauge(
            "lightning_build_info", "1, with the version.", "version", mode="livemax"
        )

    def add(self, tallies: Mapping[Key, Tally]) -> None:
        """Adds what operations have done since the last time."""
        for (operation, kind, result), tally in tallies.items():
            self.operations.labels(operation, kind, result).inc(tally.count)
            if result != OK:
                self.rejections.labels(result).inc(tally.count)
            # A histogram has no public way to take many observations in one step, and taking them
            # one by one would cost a cached read a tenth. The version of the library is pinned.
            histogram: Any = self.durations.labels(operation)
            histogram._sum.inc(tally.seconds)
            for index, count in enumerate(tally.buckets):
                if count:
                    histogram._buckets[index].inc(count)

    def exposition(self, deployment: Iterable["Metric"] = ()) -> bytes:
        """What a scrape is answered: the whole instance's metrics, and the deployment's."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        own = list(self.registry.collect())
        if DIRECTORY_VARIABLE in os.environ:
            collector: Any = MultiProcessCollector(CollectorRegistry())  # type: ignore[no-untyped-call]
            of_all = list(collector.collect())
            # What no worker has counted yet is in no file, and is told of all the same.
            counted = {metric.name for metric in of_all}
            own = [*of_all, *(metric for metric in own if metric.name not in counted)]
        shown = CollectorRegistry()
        shown.register(_Given([*own, *deployment]))
        return generate_latest(shown)


class _Given:
    """A collector of metrics that were collected for this scrape."""

    def __init__(self, metrics: Iterable["Metric"]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> list["Metric"]:
        return self._metrics


@cache
def exported() -> Exported:
    """This process's metrics, made at the first call."""
    return Exported()


def open_sockets() -> int:
    """The open WebSockets of this process."""
    samples = (sample for metric in exported().sockets.collect() for sample in metric.samples)
    return int(sum(sample.value for sample in samples))


def forget_process(pid: int, directory: Path) -> None:
    """A worker has ended: its gauges go, its counts stay."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid, str(directory))  # type: ignore[no-untyped-call]


def family(
    name: str, text: str, labels: list[str], values: Mapping[tuple[str, ...], float]
) -> "Metric":
    """A gauge of the deployment, by its labels' values."""
    from prometheus_client.core import GaugeMetricFamily

    metric = GaugeMetricFamily(name, text, labels=labels)
    for label_values, value in values.items():
        metric.add_metric(list(label_values), value)
    return metric
