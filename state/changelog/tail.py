"""Follows the change log: one thread a process that hands every new event to its subscribers."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing

from django.db import Error, connection

from state.changelog.cursor import Cursor
from state.changelog.events import ChangeEvent
from state.changelog.hints import POLL_SECONDS, Hint, open_hint
from state.changelog.read import log_place, read_events
from state.changelog.recent import RecentEvents
from state.domain.errors import CursorExpired
from state.runtime.failpoints import reach

logger = logging.getLogger(__name__)

Subscriber = Callable[[list[ChangeEvent]], None]
Chore = Callable[[], None]
_PAGE = 1000
_RETRY_SECONDS = 0.2
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
        self._chores: tuple[Chore, ...] = ()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._failing = False
        self._asked_at = float("inf")
        self.confirmed_at = float("-inf")
        self.following_since = float("inf")
        self.cursor: Cursor | None = None
        self.recent = RecentEvents()

    def start(self) -> None:
        """Starts following from the log's end; does nothing when it runs already."""
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                self._stopping.clear()
                thread = threading.Thread(target=self._run, name="changelog-tail", daemon=True)
                thread.start()
                self._thread = thread

    def stop(self, timeout_seconds: float = 2.0) -> None:
        """Ends the thread and its database connection."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(timeout_seconds)

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

        While it is called, ``cursor`` is still the place before the page.
        """
        with self._lock:
            self._keepers = (*self._keepers, keeper)

    def every_round(self, chore: Chore) -> None:
        """Calls ``chore`` in the tail's thread, on its connection, every ``POLL_SECONDS`` or so."""
        with self._lock:
            self._chores = (*self._chores, chore)

    def _unsubscribe(self, subscriber: Subscriber) -> None:
        with self._lock:
            self._subscribers = tuple(one for one in self._subscribers if one is not subscriber)

    def is_current(self, within_seconds: float = 1.0) -> bool:
        """Whether everything committed up to ``within_seconds`` ago has been handed out."""
        return time.monotonic() - self.confirmed_at < within_seconds

    @property
    def has_lost_database(self) -> bool:
        """Whether the last try failed, and none has succeeded for a second, or the database has
        not answered for some seconds.

        The tail tries again every fifth of a second: nobody else needs to wait for a connection.
        """
        is_silent = time.monotonic() - self._asked_at > _SILENT_SECONDS
        return (self._failing or is_silent) and not self.is_current(_LOST_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except CursorExpired:
                # The log was pruned past this reader, or the database was exchanged.
                logger.warning("The log no longer reaches back to the tail: starting anew.")
                self.cursor = None
                self.following_since = float("inf")
                self._hand_out(self._keepers, [])
                self._hand_out(self._subscribers, [])
            except Error as error:
                if not self._failing:
                    logger.warning("The tail lost the database: %s", str(error).strip())
                self._failing = True
            finally:
                self._asked_at = float("inf")
                connection.close()
            self._stopping.wait(_RETRY_SECONDS)

    def _follow(self) -> None:
        self._asked_at = time.monotonic()
        with closing(open_hint()) as hint:
            self._follow_with(hint)

    def _follow_with(self, hint: Hint) -> None:
        if self.cursor is None:
            self.cursor = log_place().cursor
            self.recent.begin(self.cursor)
            self.following_since = time.monotonic()
        while not self._stopping.is_set():
            asked_at = self._asked_at = time.monotonic()
            for chore in self._chores:
                chore()
            page = read_events(self.cursor, limit=_PAGE)
            self._failing, self._asked_at = False, float("inf")
            reach("tail.read")
            if page.events:
                # A watcher who has seen a version must not read an older one from a cache.
                self._hand_out(self._keepers, page.events)
            if page.cursor != self.cursor:
                self.recent.add(page.events, page.cursor)
                self.cursor = page.cursor
            if page.events:
                self._hand_out(self._subscribers, page.events)
            if not page.more:
                self.confirmed_at = asked_at
                hint.wait(POLL_SECONDS)

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
