"""The running workers of the deployment: each notes itself and its figures every second."""

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import Error, connection

from state.domain.times import format_time
from state.models import Worker

logger = logging.getLogger(__name__)

REPORT_EVERY_SECONDS = 1.0
_ALIVE_SECONDS = 5.0
_KEPT_SECONDS = 60.0

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """This process; workers of one ``serve`` share its instance."""

    id: str
    instance: str
    started_at: datetime


me = Identity(
    id=uuid.uuid4().hex,
    instance=os.environ.get("LIGHTNING_INSTANCE_ID") or uuid.uuid4().hex[:12],
    started_at=datetime.now(UTC),
)


class Reporter:
    """Writes this worker's row every second, in a thread of its own."""

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Starts reporting; does nothing when it runs already."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="worker-report", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends the thread and takes this worker off the list."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2)

    def _run(self) -> None:
        failing = False
        while True:
            try:
                report(self._figures())
                failing = False
            except Error as error:
                if not failing:
                    logger.warning("This worker cannot be reported: %s", str(error).strip())
                failing = True
                connection.close()
            if self._stopping.wait(REPORT_EVERY_SECONDS):
                break
        self._take_off()

    @staticmethod
    def _take_off() -> None:
        try:
            Worker.objects.filter(id=me.id).delete()
        except Error as error:
            logger.info("This worker stays listed until it is stale: %s", str(error).strip())
        finally:
            connection.close()


def report(figures: Figures) -> None:
    """Writes this worker's row, and removes rows of workers long gone."""
    now = datetime.now(UTC)
    Worker.objects.update_or_create(
        id=me.id,
        defaults={
            "instance": me.instance,
            "host": socket.gethostname()[:100],
            "pid": os.getpid(),
            "started_at": me.started_at,
            "seen_at": now,
            "figures": figures,
        },
    )
    Worker.objects.filter(seen_at__lt=now - timedelta(seconds=_KEPT_SECONDS)).delete()


def alive() -> list[Worker]:
    """The workers that reported within the last seconds."""
    since = datetime.now(UTC) - timedelta(seconds=_ALIVE_SECONDS)
    return list(Worker.objects.filter(seen_at__gte=since).order_by("started_at", "id"))


def cache_report(my_id: str, mine: Figures) -> dict[str, Any]:
    """The body of GET /api/v1/cache: sums over all workers, and the same by instance.

    ``mine`` are this worker's figures of this moment; the others' are at most 2 s old.
    """
    by_instance: dict[str, list[Figures]] = {me.instance: [mine]}
    started = {me.instance: me.started_at}
    for worker in alive():
        if worker.id != my_id and worker.figures:
            by_instance.setdefault(worker.instance, []).append(worker.figures)
            started.setdefault(worker.instance, worker.started_at)
    everyone = [figures for group in by_instance.values() for figures in group]
    instances = [
        {
            "instance": instance,
            "startedAt": format_time(started[instance]),
            "workers": len(group),
            **_sum(group),
        }
        for instance, group in sorted(by_instance.items())
    ]
    return {**_sum(everyone), "instances": instances}


def _sum(group: list[Figures]) -> dict[str, Any]:
    first = {
        name: sum(figures["L1"][name] for figures in group)
        for name in ("hits", "misses", "entries", "bytes", "maxBytes", "evictions")
    }
    first["ttlSeconds"] = group[0]["L1"]["ttlSeconds"]
    rate = _rate(first["hits"], first["misses"])
    return {
        "hitRate": rate,
        "levels": {
            "L1": {**first, "hitRate": rate},
            "L3": {"reads": sum(figures["L3"]["reads"] for figures in group)},
        },
    }


def _rate(hits: int, misses: int) -> float:
    return round(hits / (hits + misses), 4) if hits + misses else 0.0
