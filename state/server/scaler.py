"""Turns what the workers tell of their load into how many of them there shall be."""

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from state.apo.scaling import Measurement, Rule, Scaling
from state.domain.times import format_time
from state.server.worker_process import WorkerProcess

logger = logging.getLogger(__name__)

MEASURE_EVERY_SECONDS = 1.0
DECISIONS_KEPT = 20


def rule_for(vendor: str) -> Rule:
    """The bounds and thresholds of the settings, as far as machine and database can use them.

    SQLite lets one process write at a time: more than two workers would only wait for each other.
    """
    useful = 2 if vendor == "sqlite" else len(os.sched_getaffinity(0))
    minimum: int = settings.LIGHTNING_MIN_INSTANCES
    return Rule(
        minimum=minimum,
        maximum=max(minimum, min(settings.LIGHTNING_MAX_INSTANCES, useful)),
        up=settings.LIGHTNING_SCALE_UP_PERCENT / 100,
        down=settings.LIGHTNING_SCALE_DOWN_PERCENT / 100,
        cooldown_seconds=settings.LIGHTNING_SCALE_COOLDOWN_SECONDS,
    )


class Scaler:
    """Measures once a second; ``wanted`` is what it has decided last.

    Args:
        forget: drops what a worker that has ended told of the moment.
    """

    def __init__(self, rule: Rule, forget: Callable[[int], None]) -> None:
        self.wanted = rule.minimum
        self._forget = forget
        self._scaling = Scaling(rule)
        self._measured_at = time.monotonic()
        self._decisions: deque[dict[str, Any]] = deque(maxlen=DECISIONS_KEPT)
        self._lost_at: deque[float] = deque(maxlen=100)

    def worker_ended(self, pid: int, *, unexpectedly: bool) -> None:
        """A worker is gone, and perhaps nobody had asked it to."""
        self._forget(pid)
        if unexpectedly:
            self._lost_at.append(time.monotonic())

    def measure(self, serving: Sequence[WorkerProcess]) -> None:
        """Takes the workers' load and decides; tells each of them about the instance."""
        now = time.monotonic()
        if now - self._measured_at < MEASURE_EVERY_SECONDS:
            return
        self._measured_at = now
        told = [one.utilization for one in serving if one.utilization is not None]
        mean = sum(told) / len(told) if told else 0.0
        # While one starts, the others carry its load: they say nothing about the new number.
        if told and len(told) == len(serving) == self.wanted:
            self._decide(Measurement(now, len(serving), mean))
        for worker in serving:
            worker.tell(
                workers=max(1, len(serving)),
                utilization=round(mean, 4),
                scaling=list(self._decisions),
                workersLost=sum(now - at < 60 for at in self._lost_at),
            )

    def _decide(self, measurement: Measurement) -> None:
        decision = self._scaling.decide(measurement)
        if decision is None:
            return
        self.wanted = decision.wanted
        logger.info(
            "%d → %d workers: %s (%.0f %%).",
            decision.workers, decision.wanted, decision.reason, 100 * decision.utilization,
        )  # fmt: skip
        self._decisions.append(
            {
                "at": format_time(datetime.now(UTC)),
                "from": decision.workers,
                "to": decision.wanted,
                "utilization": decision.utilization,
                "reason": decision.reason,
            }
        )
