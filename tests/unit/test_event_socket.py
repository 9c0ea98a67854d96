"""A watcher's socket when things go wrong: its last words, its heartbeat, what it leaves behind."""

import asyncio
import gc
import json
import logging
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError

from state.access import watch
from state.access.principals import Principal
from state.changelog.cursor import Cursor
from state.changelog.event_filter import EventFilter
from state.changelog.events import ChangeEvent
from state.changelog.read import EventPage
from state.changelog.recent import RecentEvents
from state.doors.sockets import events as event_socket
from state.doors.sockets.events import EventConsumer
from state.runtime import loops
from tests.unit.log_events import cursor, event

SOON_SECONDS = 5.0
VIEWER = Principal("viewer", "viewer", key_id="prefix")

Recent = Callable[[Cursor, EventFilter, int], EventPage]


class Socket(EventConsumer):
    """A consumer without a server around it; ``reads`` is cleared while nobody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.scope = {"query_string": b"", "headers": []}
        self.frames: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def accept(self, *args: Any, **kwargs: Any) -> None:
        return

    async def send(self, text_data: str | None = None, *args: Any, **kwargs: Any) -> None:
        await asyncio.sleep(0)
        await self.reads.wait()
        self.frames.append(json.loads(text_data or ""))

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        self.closed.set_result(code or 0)

    def types(self) -> list[str]:
        return [frame["type"] for frame in self.frames]

    async def close_code(self) -> int:
        return await asyncio.wait_for(self.closed, SOON_SECONDS)


async def until(condition: Callable[[], object]) -> None:
    for _ in range(int(SOON_SECONDS / 0.005)):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not happen")


def endless(after: Cursor, wanted: EventFilter, limit: int) -> EventPage:
    """A log that is always one event ahead."""
    return EventPage([event(after.seq + 1)], cursor(after.seq + 1), more=True)


def silent(after: Cursor, wanted: EventFilter, limit: int) -> EventPage:
    return EventPage([], after)


@pytest.fixture(autouse=True)
def admitted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watcher with good credentials, who begins at place 10."""

    async def authenticate(scope: object) -> Principal:
        return VIEWER

    monkeypatch.setattr(event_socket, "authenticate_scope", authenticate)
    monkeypatch.setattr(event_socket, "checked_cursor", lambda _: cursor(10))


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Callable[[Recent], None]:
    """Puts a log in the place of the real one."""
    return lambda recent: monkeypatch.setattr(event_socket, "recent_events", recent)


def look_answers(monkeypatch: pytest.MonkeyPatch, *answers: Exception | None) -> None:
    """What the first looks at the credentials fail with; the one after them finds them ended."""
    queue = list(answers)

    def ended(credentials: list[watch.Credential]) -> list[watch.Credential]:
        if queue:
            answer = queue.pop(0)
            if answer is not None:
                raise answer
            return []
        return credentials

    monkeypatch.setattr(watch, "ended", ended)
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(loops, "RETRY_SECONDS", 0.02)


@pytest.mark.parametrize("failure", [OperationalError(), ZeroDivisionError()], ids=repr)
async def test_the_credentials_are_looked_at_again_after_a_failure(
    log: Callable[[Recent], None], monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    log(silent)
    look_answers(monkeypatch, None, failure, failure)
    socket = Socket()
    await socket.connect()
    assert await socket.close_code() == 4401
    await socket.disconnect(4401)


async def test_a_fault_of_ours_closes_with_1011_and_is_logged(
    log: Callable[[Recent], None], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(after: Cursor, wanted: EventFilter, limit: int) -> EventPage:
        raise ZeroDivisionError

    log(broken)
    socket = Socket()
    await socket.connect()
    assert await socket.close_code() == 1011
    assert socket.frames[-1].items() >= {"type": "error", "code": "internal"}.items()
    assert caplog.records[-1].levelno == logging.ERROR
    assert caplog.records[-1].exc_info
    await socket.disconnect(1011)


async def test_the_error_frame_is_the_last_one(
    log: Callable[[Recent], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    log(endless)
    look_answers(monkeypatch, None)
    socket = Socket()
    await socket.connect()
    await socket.close_code()
    for _ in range(20):
        await asyncio.sleep(0)
    assert "events" in socket.types()
    assert socket.types().index("error") == len(socket.frames) - 1
    await socket.disconnect(4401)


async def test_who_does_not_read_is_not_waited_for_for_ever(
    log: Callable[[Recent], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    log(endless)
    monkeypatch.setattr(event_socket, "_LAST_WORDS_SECONDS", 0.05)
    look_answers(monkeypatch, None)
    socket = Socket()
    socket.reads.clear()
    await socket.connect()
    life = socket._life
    assert life is not None
    await asyncio.wait_for(life, SOON_SECONDS)
    await socket.disconnect(1006)


async def test_heartbeats_come_while_events_flow(
    log: Callable[[Recent], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_socket, "HEARTBEAT_SECONDS", 0.02)
    log(endless)
    socket = Socket()
    await socket.connect()
    await until(lambda: socket.types().count("heartbeat") >= 3)
    await socket.disconnect(1000)
    last = len(socket.frames) - 1 - socket.types()[::-1].index("heartbeat")
    assert socket.types()[last - 1] == "events"
    assert socket.frames[last]["cursor"] == socket.frames[last - 1]["cursor"]


async def test_heartbeats_come_between_the_frames_of_one_page(
    log: Callable[[Recent], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_socket, "HEARTBEAT_SECONDS", -1.0)
    events = [event(seq, size=600_000) for seq in (11, 12, 13)]
    pages = iter([EventPage(events, cursor(20))])
    log(lambda after, wanted, limit: next(pages, EventPage([], after)))
    socket = Socket()
    await socket.connect()
    await until(lambda: socket.types().count("events") == 3)
    await socket.disconnect(1000)
    assert socket.types()[:6] == ["heartbeat", "events"] * 3
    assert [frame["cursor"] for frame in socket.frames[2:6:2]] == [str(cursor(11)), str(cursor(12))]


class BusyLog:
    """A log that grows by twenty events while any frame is sent, of which memory keeps a few."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.written: list[ChangeEvent] = []
        self.database_reads = 0
        self.recent = RecentEvents(max_events=8)
        self.recent.begin(cursor(10))

    def grow(self) -> None:
        first = 11 + len(self.written)
        news = [event(seq) for seq in range(first, min(first + 20, 11 + self.length))]
        self.written += news
        if news:
            self.recent.add(news, news[-1].position)

    async def ask_database(
        self, read: object, after: Cursor, wanted: EventFilter, *, limit: int
    ) -> EventPage:
        self.database_reads += 1
        behind = [one for one in self.written if one.seq > after.seq]
        page = behind[:limit]
        return EventPage(page, page[-1].position, more=len(behind) > limit)


async def test_a_slow_reader_is_never_skipped(
    log: Callable[[Recent], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log is always ahead of it, and of what memory still has: it gets every event, once."""
    busy = BusyLog(length=400)
    log(busy.recent.page)

    async def ask(read: Any, *arguments: Any, **given: Any) -> Any:
        if read is event_socket.read_events:
            return await busy.ask_database(read, *arguments, **given)
        return read(*arguments, **given)

    class SlowSocket(Socket):
        async def send(self, text_data: str | None = None, *args: Any, **kwargs: Any) -> None:
            busy.grow()
            await super().send(text_data)

    monkeypatch.setattr(event_socket, "ask_database", ask)
    monkeypatch.setattr(event_socket, "_PAGE", 7)
    socket = SlowSocket()
    await socket.connect()

    def seen() -> list[str]:
        return [one["id"] for frame in socket.frames for one in frame.get("events", ())]

    await until(lambda: f"a{10 + busy.length}" in seen())
    await socket.disconnect(1000)
    assert seen() == [one.state_id for one in busy.written]
    assert len(busy.written) == busy.length
    assert busy.database_reads > busy.length // 20


# --- What a watcher holds -----------------------------------------------------------------------


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What goes has to go by itself: cycles would stay until the next full collection."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def news_once(seen: list["weakref.ref[object]"]) -> Recent:
    """One page of one event, which nobody but the watcher holds."""

    def recent(after: Cursor, wanted: EventFilter, limit: int) -> EventPage:
        if seen:
            return EventPage([], after)
        news = event(11, size=1000)
        seen.append(weakref.ref(news))
        return EventPage([news], cursor(11))

    return recent


async def test_a_watcher_that_waits_holds_no_page(
    log: Callable[[Recent], None], no_collector: None
) -> None:
    seen: list[weakref.ref[object]] = []
    log(news_once(seen))
    socket = Socket()
    await socket.connect()
    await until(lambda: "events" in socket.types())
    await until(lambda: seen[0]() is None)
    await socket.disconnect(1000)


async def test_a_stalled_watcher_that_goes_leaves_nothing_behind(
    log: Callable[[Recent], None], no_collector: None
) -> None:
    seen: list[weakref.ref[object]] = []
    socket, news = Socket(), news_once(seen)

    def recent(after: Cursor, wanted: EventFilter, limit: int) -> EventPage:
        socket.reads.clear()
        return news(after, wanted, limit)

    log(recent)
    await socket.connect()
    await until(lambda: seen)
    assert seen[0]() is not None
    await socket.disconnect(1006)
    await until(lambda: seen[0]() is None)


async def test_a_watcher_whose_connection_breaks_leaves_nothing_behind(
    log: Callable[[Recent], None], no_collector: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[weakref.ref[object]] = []
    log(news_once(seen))
    socket = Socket()

    async def send(text_data: str | None = None, *args: Any, **kwargs: Any) -> None:
        if seen:
            raise ConnectionResetError

    monkeypatch.setattr(socket, "send", send)
    await socket.connect()
    life = socket._life
    assert life is not None
    await asyncio.wait_for(life, SOON_SECONDS)
    await socket.disconnect(1006)
    assert not socket.closed.done()
    del life
    assert seen[0]() is None
