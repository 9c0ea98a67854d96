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
from dashboard.live.figures import Figure
from dashboard.live.heartbeats import last_heartbeats
from dashboard.live.tasks import task_digests
from dashboard.live.topics import ALWAYS, BEAT_SECONDS, TOPICS
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
HIDDEN_BEAT_SECONDS = 15.0
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
        self._figures = {topic.name: Figure(topic) for topic in TOPICS}
        self._polled = (last_heartbeats(), task_digests())
        self._wake = asyncio.Event()
        self._beat_at = 0.0
        self._hidden_beat_at = 0.0
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
            self._note_change()
            self._task.start()

    def detach(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self.close()

    def set_hidden(self, connection: Connection, hidden: bool) -> None:
        """The page's tab is behind others from now on, or to be seen again."""
        connection.hide(hidden)
        self._wake.set()

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
            connection.catch_up(missed)
        self._wake.set()

    # --- from the tail -------------------------------------------------------------------------

    def _on_events(self, events: list[ChangeEvent]) -> None:
        """Called from the tail's thread; no events means that some may have been missed."""
        try:
            self._loop.call_soon_threadsafe(self._receive, events)
        except RuntimeError:
            log.debug("events came after the end of the loop: nobody is left to tell")

    def _receive(self, events: list[ChangeEvent]) -> None:
        self._note_change()
        for connection in self._connections:
            if events:
                connection.note(events)
            else:
                connection.send_resync()
        self._wake.set()

    def _note_change(self) -> None:
        for figure in self._figures.values():
            figure.stale = True

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
        ready = self._ready()
        due = min(
            self._beat_at + BEAT_SECONDS,
            self._figures[ALWAYS].due_at(),
            *(polled.due_at(ready) for polled in self._polled),
        )
        # Not wait_for: until Python 3.12 it swallows a cancellation that comes with the wake-up.
        with suppress(TimeoutError):
            async with asyncio.timeout(due - time.monotonic()):
                await self._wake.wait()
                self._wake.clear()

    async def _flush(self, now: float) -> None:
        beat = now >= self._beat_at + BEAT_SECONDS
        ready = self._ready()
        due = [figure for figure in self._figures_wanted(ready) if figure.due_at() <= now]
        for figure in due:
            figure.begin(now)
        taken = {connection: connection.take_news() for connection in ready}
        try:
            read = await read_for_frames(taken.values(), due)
            await self._read_polled(now, ready)
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
            self._tell_the_hidden(now)
        for connection, news in taken.items():
            body = self._body(connection, news, read)
            if body or beat or not connection.has_seen(news.position):
                connection.send_frame({"lag": read.lag_seconds, **body}, news.position)

    def _ready(self) -> list[Connection]:
        """Those that a frame may be sent to; of the others nothing is read or waited for."""
        return [each for each in self._connections if each.may_send and not each.hidden]

    async def _read_polled(self, now: float, ready: list[Connection]) -> None:
        for polled in self._polled:
            if polled.due_at(ready) <= now:
                polled.begin(now)
                polled.keep(await in_thread(polled.read, polled.agents_of(ready)))

    def _tell_the_hidden(self, now: float) -> None:
        """Nothing but that the server is there: what was noted waits for the tab to be seen."""
        if now < self._hidden_beat_at + HIDDEN_BEAT_SECONDS:
            return
        self._hidden_beat_at = now
        for connection in self._connections:
            if connection.hidden and connection.may_send:
                connection.send_frame({"lag": reading.lag_seconds()})

    def _tell_of_the_lag(self) -> None:
        lag_seconds = reading.lag_seconds()
        for connection in self._connections:
            if connection.may_send and not connection.hidden:
                connection.send_frame({"lag": lag_seconds})

    def _figures_wanted(self, ready: list[Connection]) -> list[Figure]:
        wanted = {ALWAYS}.union(*(connection.watch.topics for connection in ready))
        return [figure for figure in self._figures.values() if figure.name in wanted]

    def _body(self, connection: Connection, news: News, read: reading.Read) -> dict[str, Any]:
        body = reading.news_body(news, read)
        away = connection.take_away_count()
        if away is not None:
            body["away"] = away
        elif news.count:
            body["count"] = news.count
        for polled in self._polled:
            if told := polled.news_for(connection):
                body[polled.name] = told
        for figure in self._figures_wanted([connection]):
            if figure.number and connection.figures_sent.get(figure.name) != figure.number:
                connection.figures_sent[figure.name] = figure.number
                body[figure.name] = figure.value
        return body


def current_hub() -> Hub:
    """The hub of the running event loop; a worker process has one of each."""
    return of_this_loop(Hub)
