"""``WS /ws/events``: the change log as it grows, from a cursor on, nothing missed, none twice."""

import asyncio
import logging
import time
from contextlib import suppress
from urllib.parse import parse_qsl

from channels.generic.websocket import AsyncWebsocketConsumer

from state.access.origin import origin_allowed
from state.access.principals import Principal
from state.access.scopes import authenticate_scope
from state.access.watch import Watched, current_watch
from state.changelog.bell import current_bell, rung_within
from state.changelog.cursor import Cursor
from state.changelog.event_filter import EventFilter
from state.changelog.events import ChangeEvent
from state.changelog.frames import frames
from state.domain.errors import Forbidden, LightningError, Unauthenticated
from state.domain.jsontext import encode
from state.protocol.problems import INTERNAL_DETAIL
from state.protocol.refusals import refusal_of
from state.protocol.sockets import close_code, refusal_frame
from state.service.guard import ask_database, require_database
from state.service.watching import checked_cursor, read_events, recent_events

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 10.0
_LAST_WORDS_SECONDS = 5.0
_PAGE = 500


class _WatcherGone(Exception):
    """Nobody is at the other end any more."""


class EventConsumer(AsyncWebsocketConsumer):
    """A watcher. It reads the log itself, from its own cursor, as fast as it is read from."""

    _life: asyncio.Task[None] | None = None
    _beat_at = 0.0

    async def connect(self) -> None:
        await self.accept()
        self._life = asyncio.create_task(self._live())

    async def disconnect(self, code: int) -> None:
        life, self._life = self._life, None
        if life is not None:
            # Awaited, so that its frames and what they hold are gone with the socket.
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing a watcher sends means anything."""

    async def _live(self) -> None:
        """Serves the watcher until it goes, or says why that is not possible any more."""
        try:
            principal = await self._authenticate()
            cursor, wanted = await self._read_query()
        except Exception as refusal:
            await self._end(refusal)
        else:
            with current_watch().over(principal) as credentials:
                ending = await self._serve(cursor, wanted, credentials)
            await self._end(ending)

    async def _serve(self, cursor: Cursor, wanted: EventFilter, credentials: Watched) -> Exception:
        """Returns what ended the watching: the error frame that follows is the last frame.

        No task group: its exception refers to itself through its traceback, and would keep the
        page under way until the next full garbage collection.
        """
        tasks = (
            asyncio.create_task(self._watch(cursor, wanted)),
            asyncio.create_task(credentials.until_ended()),
        )
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            endings = await asyncio.gather(*tasks, return_exceptions=True)
        failures = (ending for ending in endings if isinstance(ending, Exception))
        return next(failures, RuntimeError("The watcher's tasks were cancelled."))

    async def _read_query(self) -> tuple[Cursor, EventFilter]:
        parameters = dict(parse_qsl(self.scope["query_string"].decode("latin-1")))
        wanted = EventFilter.parse(parameters, also=frozenset({"after"}))
        after = parameters.get("after")
        cursor = Cursor.parse(after) if after else None
        return await ask_database(checked_cursor, cursor), wanted

    async def _authenticate(self) -> Principal:
        if not origin_allowed(self.scope):
            raise Forbidden("The Origin is not this server's.")
        require_database()
        principal = await authenticate_scope(self.scope)
        if principal is None:
            raise Unauthenticated()
        principal.require("viewer")
        return principal

    async def _watch(self, cursor: Cursor, wanted: EventFilter) -> None:
        await self._send_heartbeat(cursor)
        while True:
            ticket = current_bell().ticket()
            cursor, more = await self._send_news(cursor, wanted)
            if not more:
                await rung_within(ticket, 1.0)
            await self._beat_if_due(cursor)

    async def _send_news(self, cursor: Cursor, wanted: EventFilter) -> tuple[Cursor, bool]:
        """One page; returns where it ended and whether the log goes on there.

        A page lives in here alone: a watcher that waits holds none.
        """
        page = recent_events(cursor, wanted, _PAGE)
        if page is None:
            page = await ask_database(read_events, cursor, wanted, limit=_PAGE)
        for events, reached in frames(page.events, page.cursor):
            await self._send_events(events, reached)
            await self._beat_if_due(reached)
        return page.cursor, page.more

    async def _beat_if_due(self, cursor: Cursor) -> None:
        if time.monotonic() - self._beat_at > HEARTBEAT_SECONDS:
            await self._send_heartbeat(cursor)

    async def _send_heartbeat(self, cursor: Cursor) -> None:
        await self._send(encode({"type": "heartbeat", "cursor": str(cursor)}).decode())
        self._beat_at = time.monotonic()

    async def _send_events(self, events: list[ChangeEvent], reached: Cursor) -> None:
        listed = b",".join(event.encoded for event in events)
        tail = encode(str(reached))
        frame = b'{"type":"events","events":[' + listed + b'],"cursor":' + tail + b"}"
        await self._send(frame.decode())

    async def _send(self, frame: str) -> None:
        try:
            await self.send(frame)
        except OSError as error:
            raise _WatcherGone from error

    async def _end(self, failure: Exception) -> None:
        """The error frame and the close; who does not read them in time is left to the server."""
        if isinstance(failure, _WatcherGone):
            return
        refusal = refusal_of(failure)
        if refusal is None:
            logger.error("A watcher's socket failed.", exc_info=failure)
            refusal = LightningError(INTERNAL_DETAIL)
        with suppress(_WatcherGone, OSError):
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                await self._send(refusal_frame(refusal))
                await self.close(close_code(refusal))
