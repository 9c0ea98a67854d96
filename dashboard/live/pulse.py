"""How many changes were committed in each of the last sixty seconds, by the log's own times."""

import threading
import time
from datetime import UTC, datetime

from state.changelog.events import ChangeEvent
from state.changelog.rates import changes_by_second
from state.changelog.tail import tail

SECONDS_SHOWN = 60


class Pulse:
    """Counts by second, begun with what the log tells of the minute before the first question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[int, int] = {}
        self._begun = False

    def per_second(self) -> list[int]:
        """Oldest first; the last one is the second that is still running.

        Asks the database once, when nobody has asked before.
        """
        self._begin()
        now = int(time.time())
        with self._lock:
            return [self._counts.get(now - ago, 0) for ago in range(SECONDS_SHOWN - 1, -1, -1)]

    def count(self, events: list[ChangeEvent]) -> None:
        """Called from the tail's thread with every page of events."""
        with self._lock:
            for event in events:
                second = event.position.at_us // 1_000_000
                self._counts[second] = self._counts.get(second, 0) + 1
            oldest = int(time.time()) - 2 * SECONDS_SHOWN
            for second in [second for second in self._counts if second < oldest]:
                del self._counts[second]

    def _begin(self) -> None:
        with self._lock:
            if self._begun:
                return
            self._begun = True
        unsubscribe = tail.subscribe(self.count)
        try:
            before = changes_by_second(datetime.fromtimestamp(time.time() - SECONDS_SHOWN, UTC))
        except BaseException:
            unsubscribe()
            self._begun = False
            raise
        with self._lock:
            # What came between is in both: the larger count has seen it all.
            for second, changes in before.items():
                self._counts[second] = max(changes, self._counts.get(second, 0))


pulse = Pulse()
