"""Follows the change log: one thread a process that hands every new event to its subscribers."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from state.changelog.cursor import Cursor
from state.changelog.events import ChangeEvent
from state.changelog.hints import Hint, open_hint
from state.changelog.read import EventPage, checked_position_and, log_position, read_events
from state.changelog.recent import RecentEvents
from state.domain.errors import RETRYABLE, CursorExpired
from state.runtime.background import BackgroundThread, Tolerance
from state.runtime.failpoints import reach
from state.store.connection import ask_before_connecting, probing

logger = logging.getLogger(__name__)

Subscriber = Callable[[list[ChangeEvent]], None]
Chore = Callable[[Any], None]
LOOK_SECONDS = 0.4
_BUSY_SECONDS = 5.0  # so long after the last event the next one is looked for more often
_PAGE = 1000
_BEGIN_ANEW_SECONDS = 0.2
_LOST_SECONDS = 1.0
_SILENT_SECONDS = 5.0


class Tail:
    """The process's reader of the log; subscribers are called in its thread, in commit order.

    ``confirmed_at`` is the monotonic time up to which the process knows the log: whatever was
    committed before it has been handed out. ``following_since`` is when it began to follow: of a
    copy read from the database before that, it might miss a change.
    """

    def __init__(self) -> None:
        self._keepers: tuple[Subscriber, ...] = ()
        self._subscribers: tuple[Subscriber, ...] = ()
        self._chores: tuple[tuple[str, Chore], ...] = ()
        self._lock = threading.Lock()
        self._hint: Hint | None = None
        self._loop = BackgroundThread(
            "tail", self._probe, close=self._let_go, tolerance=Tolerance(expected=RETRYABLE)
        )
        self._asked_at = float("inf")
        self._look_at = self._news_at = float("-inf")
        self._started_at: float | None = None
        self.confirmed_at = float("-inf")
        self.following_since = float("inf")
        self.cursor: Cursor | None = None
        self.recent = RecentEvents()

    def start(self) -> None:
        """Starts following from the log's end; does nothing when it runs already."""
        if self._started_at is None:
            self._started_at = time.monotonic()
        self._loop.start()

    def stop(self) -> None:
        """Ends the thread and its database connection."""
        self._loop.stop()
        self._started_at = None

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Calls ``subscriber`` with every page of events from now on; returns how to end it.

        An empty page says that the log could not be followed and events may be missing: whoever
        keeps copies drops them.
        """
        with self._lock:
            self._subscribers = (*self._subscribers, subscriber)
        return lambda: self._unsubscribe(subscriber)

    def keep_in_step(self, keeper: Subscriber) -> None:
        """Subscribes a cache: it hears of every page before any watcher can see the events.

        While it is called, ``cursor`` is still the position before the page.
        """
        with self._lock:
            self._keepers = (*self._keepers, keeper)

    def every_round(self, look: str, chore: Chore) -> None:
        """Calls ``chore`` in the tail's thread, on its connection, every ``LOOK_SECONDS`` or so.

        With the value of ``look``, a scalar subquery, which comes with the tail's own.
        """
        with self._lock:
            self._chores = (*self._chores, (look, chore))

    def _unsubscribe(self, subscriber: Subscriber) -> None:
        with self._lock:
            self._subscribers = tuple(one for one in self._subscribers if one is not subscriber)

    def is_current(self, within_seconds: float = 1.0) -> bool:
        """Whether everything committed up to ``within_seconds`` ago has been handed out."""
        return time.monotonic() - self.confirmed_at < within_seconds

    @property
    def lag_seconds(self) -> float | None:
        """For how long what was committed may not have been handed out; None before the start."""
        if self._started_at is None:
            return None
        return time.monotonic() - max(self.confirmed_at, self._started_at)

    @property
    def has_lost_database(self) -> bool:
        """Whether the last try failed, and none has succeeded for a second, or the database has
        not answered for some seconds.

        The tail tries again every fifth of a second: nobody else needs to wait for a connection.
        """
        is_silent = time.monotonic() - self._asked_at > _SILENT_SECONDS
        is_failing = isinstance(self._loop.failure, RETRYABLE)
        return (is_failing or is_silent) and not self.is_current(_LOST_SECONDS)

    def _probe(self) -> float:
        with probing():
            return self._follow()

    def _follow(self) -> float:
        """One round: a page of the log, and when that was the last one, a wait."""
        asked_at = self._asked_at = time.monotonic()
        if self._hint is None:
            self._hint = open_hint()
        if self.cursor is None:
            self.cursor = log_position().cursor
            self.recent.begin(self.cursor)
            self.following_since = time.monotonic()
        try:
            page = self._next_page(self.cursor)
        except CursorExpired:
            self._begin_anew()
            return _BEGIN_ANEW_SECONDS
        self._asked_at = float("inf")
        if page.events:
            self._news_at = asked_at
            # A watcher who has seen a version must not read an older one from a cache.
            self._hand_out(self._keepers, page.events)
        if page.cursor != self.cursor:
            self.recent.add(page.events, page.cursor)
            self.cursor = page.cursor
        if page.events:
            self._hand_out(self._subscribers, page.events)
        if not page.more:
            self.confirmed_at = asked_at
            if (rest_seconds := self._look_at - time.monotonic()) > 0:
                is_busy = asked_at - self._news_at < _BUSY_SECONDS
                self._hint.wait(rest_seconds, busy=is_busy)
        return 0.0

    def _next_page(self, cursor: Cursor) -> EventPage:
        """What is behind the cursor. When nobody hinted at anything, that is one small query."""
        now = time.monotonic()
        if now >= self._look_at:
            chores = self._chores
            position, values = checked_position_and(cursor, *(look for look, _ in chores))
            for (_, chore), value in zip(chores, values, strict=True):
                chore(value)
            self._look_at = now + LOOK_SECONDS
            if position.last_seq == cursor.seq:
                reach("tail.read")
                return EventPage([], cursor)
        page = read_events(cursor, limit=_PAGE)
        reach("tail.read")
        return page

    def _begin_anew(self) -> None:
        """The log was pruned past this reader, or the database was exchanged."""
        logger.warning("The log no longer reaches back to the tail: starting anew.")
        self.cursor = None
        self.following_since = float("inf")
        self._hand_out(self._keepers, [])
        self._hand_out(self._subscribers, [])

    def _let_go(self) -> None:
        self._asked_at = float("inf")
        hint, self._hint = self._hint, None
        if hint is not None:
            hint.close()

    @staticmethod
    def _hand_out(subscribers: Sequence[Subscriber], events: Sequence[ChangeEvent]) -> None:
        for subscriber in subscribers:
            # One subscriber's fault must not stop the others' invalidations; it has missed a page.
            try:
                subscriber(list(events))
            except Exception:
                logger.exception("A subscriber of the change log failed.")
                _tell_of_a_gap(subscriber)


def _tell_of_a_gap(subscriber: Subscriber) -> None:
    try:
        subscriber([])
    except Exception:
        logger.exception("A subscriber cannot even be told that it has missed events.")


tail = Tail()
ask_before_connecting(lambda: tail.has_lost_database)
