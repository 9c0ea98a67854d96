"""How busy this worker is, and what its supervisor says of the whole instance."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from state.apo.scaling import utilization_of

_SAMPLE_SECONDS = 0.25
_REPORT_SECONDS = 1.0
_TICK_IS_LATE_SECONDS = 0.005
_IDLE_BELOW = 0.05  # of utilization: one look a second is enough to see that end


@dataclass(slots=True)
class InstanceNews:
    """What the supervisor told last; a worker that serves alone is the whole instance."""

    workers: int = field(default_factory=lambda: settings.LIGHTNING_WORKERS)
    utilization: float = 0.0
    scaling: list[dict[str, Any]] = field(default_factory=list)
    workers_lost: int = 0
    on_report: Callable[..., None] | None = None
    """Sends a message to the supervisor, where there is one."""

    def take_over(self, message: dict[str, Any]) -> None:
        """A message of the supervisor's."""
        self.workers = int(message.get("workers", self.workers))
        self.utilization = float(message.get("utilization", self.utilization))
        self.scaling = list(message.get("scaling", self.scaling))
        self.workers_lost = int(message.get("workersLost", self.workers_lost))


instance = InstanceNews()


class LoadMeter:
    """Samples loop lag, processor and slots on the event loop; the mean of a second is the load.

    Args:
        executing_share: executing ÷ limit, of this moment.
    """

    def __init__(self, executing_share: Callable[[], float]) -> None:
        self.utilization = 0.0
        self._executing_share = executing_share
        self._executing = 0.0
        self._late_seconds = 0.0
        self._samples = 0
        self._began_at = time.perf_counter()
        self._processor_at = time.process_time()
        self._due_at = float("inf")

    async def sample(self) -> float:
        """One look; returns after how many seconds the next is due."""
        now = time.perf_counter()
        late = now - self._due_at
        if late > _TICK_IS_LATE_SECONDS:
            self._late_seconds += late
        executing = self._executing_share()
        self._executing += executing
        self._samples += 1
        if now - self._began_at >= _REPORT_SECONDS - _TICK_IS_LATE_SECONDS:
            self._report(now)
        is_idle = executing == 0 and self.utilization < _IDLE_BELOW
        pause_seconds = _REPORT_SECONDS if is_idle else _SAMPLE_SECONDS
        self._due_at = time.perf_counter() + pause_seconds
        return pause_seconds

    def _report(self, now: float) -> None:
        processor = time.process_time()
        elapsed = now - self._began_at
        self.utilization = utilization_of(
            self._executing / self._samples,
            self._late_seconds / elapsed,
            (processor - self._processor_at) / elapsed,
        )
        self._began_at, self._processor_at = now, processor
        self._executing = self._late_seconds = 0.0
        self._samples = 0
        if instance.on_report is None:
            instance.utilization = self.utilization
        else:
            instance.on_report(utilization=round(self.utilization, 4))
