"""Feeds level 2: applies the log's changes, brings values, and mends it after trouble."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db import connection
from redis.exceptions import RedisError

from state.changelog.cursor import Cursor
from state.changelog.read import cursor_at, log_position, read_events
from state.changelog.tail import Tail
from state.domain.cache_keys import state_key
from state.domain.errors import CursorExpired
from state.redis.entries import Mark, RedisStore, Value
from state.redis.level_two import LARGEST_BODY_BYTES, LevelTwo
from state.runtime.background import BackgroundThread

logger = logging.getLogger(__name__)

_IDLE_SECONDS = 1.0
_BEGINNING_SECONDS = 0.1  # until the log is followed
_GATHER_SECONDS = 0.02  # bounds the rounds a second, and what they cost beside the requests
_QUEUE_BYTES = 32 * 1024 * 1024
_VALUES_A_PUT = 64
_CHANGES_MAX = 20_000
_CATCH_UP_PAGES = 10
_CATCH_UP_PAGE = 1000
_REMOVE_AFTER_SECONDS = 0.4  # whoever took the order has done it by then, unless it could not
_REMOVALS_MAX = 100
_AHEAD_SECONDS = 1.0


@dataclass(slots=True)
class Work:
    """What there is to do: changes in (behind, through] of a log, values, cache orders."""

    epoch: str = ""
    behind: int = 0
    through: int = -1
    changes: dict[str, int] = field(default_factory=dict)
    values: list[Value] = field(default_factory=list)
    value_bytes: int = 0


class Feeder:
    """One thread a worker, the only one that writes to level 2 and that tries it after a failure.

    Nothing here is needed for right answers: what is dropped shows as a gap in the ledger, which
    is filled from the log, or level 2 starts empty.
    """

    def __init__(
        self, level_two: LevelTwo, tail: Tail, last_order: Callable[[], int | None]
    ) -> None:
        self._level_two = level_two
        self._tail = tail
        self._last_order = last_order
        self._lock = threading.Lock()
        self._work = Work()
        self._removals: dict[int, tuple[float, str]] = {}
        self._begin_anew = False
        self._ahead_since: float | None = None
        self._measured_at = float("-inf")
        self._loop = BackgroundThread("levelTwo", self._feed)

    def start(self) -> None:
        """Starts the thread; does nothing when it runs."""
        self._loop.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._loop.stop()

    def changed(self, behind: Cursor, through: int, changes: Mapping[str, int]) -> None:
        """The log went on to ``through``: these keys are at these versions now."""
        with self._lock:
            work = self._work
            if work.through != behind.seq or work.epoch != behind.epoch:
                work.epoch, work.behind = behind.epoch, behind.seq
                work.changes = {}
            work.changes.update(changes)
            work.through = through
            if len(work.changes) > _CHANGES_MAX:
                work.changes, work.through = {}, -1  # the log has them
        self._loop.wake()

    def bring(self, value: Value) -> None:
        """A value that was read or written; too much at once is left out."""
        size = len(value.body or b"") + len(value.key)
        if size > LARGEST_BODY_BYTES or not self._level_two.available:
            return
        with self._lock:
            if self._work.value_bytes + size > _QUEUE_BYTES:
                return
            self._work.values.append(value)
            self._work.value_bytes += size
        self._loop.wake()

    def remove_later(self, name: str, order: int) -> None:
        """A cache order that somebody has taken; done here too, should they have failed."""
        with self._lock:
            self._removals[order] = (time.monotonic() + _REMOVE_AFTER_SECONDS, name)
            if len(self._removals) > _REMOVALS_MAX:
                self._removals.clear()
                self._begin_anew = True
        self._loop.wake()

    def _feed(self) -> float:
        if self._work.values or self._work.through >= 0:
            time.sleep(_GATHER_SECONDS)
        # The position first: what was handed out before it is in the work taken after it.
        cursor = self._tail.cursor
        work = self._take()
        breaker = self._level_two.breaker
        if cursor is None:
            return _BEGINNING_SECONDS
        if not breaker.may_probe:
            return _IDLE_SECONDS
        try:
            self._do(cursor, work)
        except RedisError as error:
            breaker.trip(error)
        else:
            self._measure(cursor.epoch)
        return self._pause_seconds()

    def _pause_seconds(self) -> float:
        """Until the next order is due, or for as long as nothing needs doing."""
        with self._lock:
            due = min((due_at for due_at, _ in self._removals.values()), default=float("inf"))
        return max(_GATHER_SECONDS, min(_IDLE_SECONDS, due - time.monotonic()))

    def _measure(self, epoch: str) -> None:
        """Takes Redis' own figures over, once a second; a figure never trips the breaker."""
        if time.monotonic() - self._measured_at <= 1.0:
            return
        self._measured_at = time.monotonic()
        try:
            self._level_two.gauges = self._level_two.store(epoch).gauges()
        except RedisError as error:
            logger.info("Redis' figures are not to be had: %s", error)

    def _take(self) -> Work:
        with self._lock:
            work, self._work = self._work, Work()
            return work

    def _do(self, cursor: Cursor, work: Work) -> None:
        store = self._level_two.store(cursor.epoch)
        if work.through >= 0 and work.epoch == cursor.epoch:
            behind, through, changes = work.behind, work.through, list(work.changes.items())
        else:
            behind, through, changes = cursor.seq, cursor.seq, []
        mark = store.apply(behind, through, changes)
        if mark.state == "gap":
            mark = self._catch_up(store, cursor.epoch, mark, through)
        if mark.state == "ok" and (self._begin_anew or self._is_lost(mark, through)):
            mark = Mark("gap", mark.generation, mark.applied)
        if mark.state != "ok":
            store.begin(mark.generation, through, self._last_order() or 0)
            self._begin_anew = False
            mark = store.apply(through, through, [])
        if mark.state == "ok":
            self._level_two.know(mark)
            self._level_two.breaker.close()
            values = [one for one in work.values if one.cursor.epoch == cursor.epoch]
            self._put(store, mark, values)
            self._remove(store)

    def _catch_up(self, store: RedisStore, epoch: str, mark: Mark, through: int) -> Mark:
        """Applies what level 2 has missed from the log, when that is not too much."""
        try:
            for _ in range(_CATCH_UP_PAGES):
                page = read_events(cursor_at(epoch, mark.applied), limit=_CATCH_UP_PAGE)
                changes = {state_key(one.kind, one.state_id): one.version for one in page.events}
                mark = store.apply(mark.applied, page.cursor.seq, list(changes.items()))
                if mark.state != "ok" or mark.applied >= through:
                    return mark
        except CursorExpired:
            logger.info("The log no longer reaches back to level 2: it starts empty.")
        finally:
            connection.close()
        return Mark("gap", mark.generation, mark.applied)

    def _is_lost(self, mark: Mark, through: int) -> bool:
        """Whether level 2 is ahead of the log itself: of a log that has lost its last changes.

        Other workers may be ahead of this one for a moment, so only what lasts is looked into.
        """
        now = time.monotonic()
        if mark.applied <= through:
            self._ahead_since = None
            return False
        if self._ahead_since is None:
            self._ahead_since = now
        if now - self._ahead_since < _AHEAD_SECONDS:
            return False
        self._ahead_since = None
        try:
            return log_position().last_seq < mark.applied
        finally:
            connection.close()

    def _put(self, store: RedisStore, mark: Mark, values: list[Value]) -> None:
        for start in range(0, len(values), _VALUES_A_PUT):
            store.put(mark.generation, values[start : start + _VALUES_A_PUT])

    def _remove(self, store: RedisStore) -> None:
        now = time.monotonic()
        with self._lock:
            due = [(one, name) for one, (due_at, name) in self._removals.items() if due_at <= now]
        for order, name in due:
            store.remove(name, order)
            with self._lock:
                self._removals.pop(order, None)
