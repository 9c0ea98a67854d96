"""How many changes were committed in each of the last sixty seconds."""

import time
from collections import deque

SECONDS_KEPT = 60


class Pulse:
    """A ring of counts, one a second."""

    def __init__(self) -> None:
        self._counts: deque[int] = deque([0] * SECONDS_KEPT, maxlen=SECONDS_KEPT)
        self._second = int(time.monotonic())

    def count(self, changes: int) -> None:
        self._advance()
        self._counts[-1] += changes

    def per_second(self) -> list[int]:
        """Oldest first; the last one is the second that is still running."""
        self._advance()
        return list(self._counts)

    def _advance(self) -> None:
        now = int(time.monotonic())
        for _ in range(min(now - self._second, SECONDS_KEPT)):
            self._counts.append(0)
        self._second = now
