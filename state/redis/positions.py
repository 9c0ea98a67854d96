"""Which position of the log level 2 must have reached for this worker to trust it."""

import threading
import time
from collections import deque

LAG_SECONDS = 1.5
"""So far level 2 may be behind this worker's tail: what was changed since is remembered by level
1 (``REMEMBERED_SECONDS``, which is longer than this and a fill together) and checked there."""


class Positions:
    """Where this worker's tail stood ``LAG_SECONDS`` ago.

    Places in the log are the only clock the workers, their machines and Redis have in common.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed: deque[tuple[float, int]] = deque()
        self._required: int | None = None

    def passed(self, behind: int, through: int) -> None:
        """The tail has handed out the changes in (behind, through] just now."""
        with self._lock:
            if self._required is None:
                self._required = behind
            self._passed.append((time.monotonic(), through))
            self._advance()

    def required(self, now_at: int) -> int:
        """The position to ask for; ``now_at`` is the tail's, for one that has just begun."""
        with self._lock:
            if self._required is None:
                self._required = now_at
            self._advance()
            return self._required

    def forget(self) -> None:
        """The tail begins anew."""
        with self._lock:
            self._passed.clear()
            self._required = None

    def _advance(self) -> None:
        old = time.monotonic() - LAG_SECONDS
        while self._passed and self._passed[0][0] < old:
            self._required = self._passed.popleft()[1]
