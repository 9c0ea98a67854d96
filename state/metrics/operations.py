"""Counts every operation: how many, with which result, how long they took.

A cached read takes 30 µs: what it is counted with has to cost next to nothing. So each event is
a few additions to plain numbers here, and some times a second they are carried to where
Prometheus and the windows read.
"""

import threading
from dataclasses import dataclass, field

from state.metrics.durations import BUCKETS, bucket_of

OK = "ok"


@dataclass(slots=True)
class Tally:
    """What one operation did to one kind with one result, since the last time it was taken."""

    count: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * BUCKETS)


Key = tuple[str, str, str]
"""Operation, kind (empty where there is none), result: ``ok`` or the code of the refusal."""


class OperationTallies:
    """Thread-safe; one a process."""

    def __init__(self) -> None:
        self.waiting: set[str] = set()
        """Operations that wait by their nature: how long they took says nothing."""
        self._lock = threading.Lock()
        self._tallies: dict[Key, Tally] = {}

    def record(self, operation: str, kind: str, result: str, seconds: float) -> None:
        """Counts one operation that took so long."""
        key = (operation, kind, result)
        with self._lock:
            tally = self._tallies.get(key)
            if tally is None:
                tally = self._tallies[key] = Tally()
            tally.count += 1
            tally.seconds += seconds
            tally.buckets[bucket_of(seconds)] += 1

    def take(self) -> dict[Key, Tally]:
        """What was counted since the last call."""
        with self._lock:
            taken, self._tallies = self._tallies, {}
        return taken
