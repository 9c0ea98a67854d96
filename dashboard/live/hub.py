"""Tells every open page of this process what changed: one hub, one set of reads, many sockets."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

from django.db import Error

from dashboard.live import reading
from dashboard.live.connection import Connection, News
from dashboard.live.figures import CACHE_SECONDS, COUNTS_SECONDS, Figure
from dashboard.live.pulse import Pulse
from dashboard.live.watch import Watch, WatchMessage
from state.changelog.cursor import Cursor
from state.changelog.events import ChangeEvent
from state.changelog.tail import tail
from state.domain.errors import LightningError
from state.runtime.background import BackgroundTask, Tolerance
from state.runtime.per_loop import of_this_loop
from state.runtime.threads import in_thread

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.12
BEAT_SECONDS = 1.0
RETRY_SECONDS = 1.0


async def read_for_frames(news: Collection[News], due: Collection[Figure]) -> reading.Read:
    return await in_thread(reading.read_for_frames, news, due)


async def read_missed(cursor: str) -> list[ChangeEvent] | None:
    return await in_thread(reading.read_missed, cursor)


class Hub:
    """Fans the tail's events out to the connections of one event loop.

    Every method runs on that loop, except the callback the tail calls from its own thread. A
    flush reads in one thread what all pages need together: a row that a hundred pages show is
    read once.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._connections: set[Connection] = set()
        self._counts = Figure("counts", reading.read_counts, COUNTS_SECONDS)
        self._cache = Figure("cache", reading.read_cache, CACHE_SECONDS)
        self._pulse = Pulse()
        self._wake = asyncio.Event()
        self._beat_at = 0.0
        self._task = BackgroundTask(
            "dashboardHub",
            self._round,
            tolerance=Tolerance(expected=(Error, LightningError), retry_seconds=RETRY_SECONDS),
        )
        self._unsubscribe: Callable[[], None] | None = None

    def close(self) -> None:
        """Hears of nothing any more."""
        self._task.stop()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    # --- connections ---------------------------------------------------------------------------

    def attach(self, connection: Connection) -> None:
        self._connections.add(connection)
        if self._unsubscribe is None:
            self._unsubscribe = tail.subscribe(self._on_events)
            tail.start()
            self._counts.stale = True
            self._task.start()

    def detach(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self.close()

    async def show(self, connection: Connection, message: WatchMessage) -> None:
        """The page says what it shows and how old it is: bring what came since.

        The watch is in force before the log is read. An event of the time between is then noted
        twice, which a dirty set does not mind; the other way round it would be missed.
        """
        connection.show(Watch(message))
        try:
            missed = await read_missed(message.cursor)
        except LightningError as error:
            log.warning("What a page missed cannot be read: %s", error)
            missed = None
        if missed is None:
            connection.send_resync()
        else:
            connection.advance(Cursor.parse(message.cursor))
            connection.note(missed)
        self._wake.set()

    # --- from the tail -------------------------------------------------------------------------

    def _on_events(self, events: list[ChangeEvent]) -> None:
        """Called from the tail's thread; no events means that some may have been missed."""
        try:
            self._loop.call_soon_threadsafe(self._receive, events)
        except RuntimeError:
            log.debug("events came after the end of the loop: nobody is left to tell")

    def _receive(self, events: list[ChangeEvent]) -> None:
        self._pulse.count(len(events))
        self._counts.stale = True
        for connection in self._connections:
            if events:
                connection.note(events)
            else:
                connection.send_resync()
        self._wake.set()

    # --- to the pages --------------------------------------------------------------------------

    async def _round(self) -> float:
        """Waits for news and tells the pages; returns the seconds until the next frames may go."""
        await self._wait()
        started = time.monotonic()
        try:
            await self._flush(started)
        except Exception:
            # The database may be away for a while. What was noted is kept; the pages are told of
            # the lag now, and of everything else when it is back.
            self._tell_of_the_lag()
            raise
        return max(0.0, FLUSH_SECONDS - (time.monotonic() - started))

    async def _wait(self) -> None:
        """Until something changed, the counts are due again, or it is time for a beat."""
        due = min(self._beat_at + BEAT_SECONDS, self._counts.due_at())
        # Not wait_for: until Python 3.12 it swallows a cancellation that comes with the wake-up.
        with suppress(TimeoutError):
            async with asyncio.timeout(due - time.monotonic()):
                await self._wake.wait()
                self._wake.clear()

    async def _flush(self, now: float) -> None:
        beat = now >= self._beat_at + BEAT_SECONDS
        if beat:
            self._cache.stale = True
        ready = [connection for connection in self._connections if connection.may_send]
        due = [figure for figure in self._figures_wanted(ready) if figure.due_at() <= now]
        for figure in due:
            figure.begin(now)
        taken = {connection: connection.take_news() for connection in ready}
        try:
            read = await read_for_frames(taken.values(), due)
        except BaseException:
            for connection, news in taken.items():
                connection.put_back(news)
            for figure in due:
                figure.stale = True
            raise
        for figure in due:
            figure.keep(read.figures[figure.name])
        if beat:
            self._beat_at = now
        for connection, news in taken.items():
            body = self._body(connection, news, read)
            if beat and connection.watch.activity:
                body["pulse"] = self._pulse.per_second()
            if body or beat or not connection.has_seen(news.place):
                connection.send_frame({"lag": read.lag_seconds, **body}, news.place)

    def _tell_of_the_lag(self) -> None:
        lag_seconds = reading.lag_seconds()
        for connection in self._connections:
            if connection.may_send:
                connection.send_frame({"lag": lag_seconds})

    def _figures_wanted(self, ready: list[Connection]) -> list[Figure]:
        wants_cache = any(connection.watch.activity for connection in ready)
        return [self._counts, self._cache] if wants_cache else [self._counts]

    def _body(self, connection: Connection, news: News, read: reading.Read) -> dict[str, Any]:
        body = reading.news_body(news, read)
        for figure in self._figures_wanted([connection]):
            if figure.number and connection.figures_sent.get(figure.name) != figure.number:
                connection.figures_sent[figure.name] = figure.number
                body[figure.name] = figure.value
        return body


def current_hub() -> Hub:
    """The hub of the running event loop; a worker process has one of each."""
    return of_this_loop(Hub)
