"""How many workers there shall be: a pure function of what was measured (contract §8).

The rule is Kubernetes' horizontal autoscaler's: wanted = ⌈workers × utilisation ÷ target⌉, with a
band between the two thresholds in which nothing happens, and a pause after each change.
"""

import math
from collections import deque
from dataclasses import dataclass

WINDOW_SECONDS = 5.0
"""Utilisation is the mean over so long: a burst of a second starts no worker."""

_SETTLED_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """Bounds in workers, thresholds in parts of one, the pause in seconds."""

    minimum: int
    maximum: int
    up: float
    down: float
    cooldown_seconds: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """The mean utilisation (0–1) of the workers that serve, at monotonic ``at``."""

    at: float
    workers: int
    utilization: float


@dataclass(frozen=True, slots=True)
class Decision:
    """A change of the number of workers, and the numbers it came from."""

    workers: int
    wanted: int
    utilization: float
    reason: str


def utilization_of(executing_share: float, lag_share: float, processor_share: float) -> float:
    """A worker's utilisation: its scarcest resource, between 0 and 1.

    Args:
        executing_share: operations executing ÷ limit.
        lag_share: the part of the time in which the event loop was late.
        processor_share: of one core.
    """
    return min(1.0, max(executing_share, lag_share, processor_share, 0.0))


class Scaling:
    """Remembers the last measurements, and decides."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._recent: deque[Measurement] = deque()
        self._changed_at = float("-inf")

    def decide(self, now: Measurement) -> Decision | None:
        """What to change after this measurement; None: nothing."""
        self._remember(now)
        rule, workers = self.rule, now.workers
        if workers < rule.minimum:
            return self._change(now, rule.minimum, now.utilization, "below the minimum")
        if now.at - self._changed_at < rule.cooldown_seconds:
            return None
        if len(self._recent) < _SETTLED_SAMPLES:
            return None
        mean = sum(one.utilization for one in self._recent) / len(self._recent)
        if mean >= rule.up and workers < rule.maximum:
            wanted = min(rule.maximum, max(workers + 1, math.ceil(workers * mean / rule.up)))
            return self._change(now, wanted, mean, f"utilisation above {rule.up:.0%}")
        if mean <= rule.down and workers > rule.minimum:
            # One fewer must not be too few at once.
            if mean * workers / (workers - 1) >= rule.up:
                return None
            return self._change(now, workers - 1, mean, f"utilisation below {rule.down:.0%}")
        return None

    def _remember(self, now: Measurement) -> None:
        if self._recent and self._recent[-1].workers != now.workers:
            self._recent.clear()  # what one worker did says little about two
        self._recent.append(now)
        while now.at - self._recent[0].at > WINDOW_SECONDS:
            self._recent.popleft()

    def _change(self, now: Measurement, wanted: int, mean: float, reason: str) -> Decision:
        self._changed_at = now.at
        self._recent.clear()
        return Decision(now.workers, wanted, round(mean, 3), reason)
