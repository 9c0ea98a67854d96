"""The newest events of the log, in memory: what many watchers read is read once."""

import threading
from bisect import bisect_right
from collections.abc import Sequence

from state.changelog.cursor import Cursor
from state.changelog.event_filter import EventFilter
from state.changelog.events import ChangeEvent
from state.changelog.read import EventPage
from state.store.sized_pages import PAGE_BYTES

MAX_BYTES = 16 * 1024 * 1024
MAX_EVENTS = 20_000


class RecentEvents:
    """What the tail has read, bounded in events and bytes; the oldest go first."""

    def __init__(self, max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._events: list[ChangeEvent] = []
        self._seqs: list[int] = []
        self._bytes = 0
        self._behind: Cursor | None = None
        self._reached: Cursor | None = None

    def begin(self, position: Cursor) -> None:
        """Starts anew behind a position."""
        with self._lock:
            self._events, self._seqs, self._bytes = [], [], 0
            self._behind = self._reached = position

    def add(self, events: Sequence[ChangeEvent], reached: Cursor) -> None:
        """Takes the next events over; ``reached`` is the position behind them."""
        with self._lock:
            self._events.extend(events)
            self._seqs.extend(event.seq for event in events)
            self._bytes += sum(_size(event) for event in events)
            self._reached = reached
            while len(self._events) > self._max_events or self._bytes > self._max_bytes:
                self._drop_oldest()

    def page(self, after: Cursor, wanted: EventFilter, limit: int) -> EventPage | None:
        """The events behind a cursor, as ``read_events`` gives them; None: ask the database."""
        with self._lock:
            if self._behind is None or self._reached is None:
                return None
            start = bisect_right(self._seqs, after.seq)
            known = self._events[start - 1].position if start else self._behind
            same_log = (after.epoch, after.at_us) == (known.epoch, known.at_us)
            if not same_log or not self._behind.seq <= after.seq <= self._reached.seq:
                return None
            found: list[ChangeEvent] = []
            size = 0
            for index in range(start, len(self._events)):
                event = self._events[index]
                full = len(found) >= limit or size >= PAGE_BYTES
                if full and (event.batch is None or event.batch != found[-1].batch):
                    return EventPage(found, found[-1].position, more=True)
                if wanted.matches(event):
                    found.append(event)
                    size += event.size
            return EventPage(found, self._reached)

    def _drop_oldest(self) -> None:
        """Halves what is kept, so that trimming costs little per event."""
        drop = len(self._events) // 2 + 1
        last = self._events[drop - 1]
        self._bytes -= sum(_size(event) for event in self._events[:drop])
        del self._events[:drop]
        del self._seqs[:drop]
        self._behind = last.position


def _size(event: ChangeEvent) -> int:
    # The texts, and once more for the encoded form that readers share.
    return 2 * event.size + 600
