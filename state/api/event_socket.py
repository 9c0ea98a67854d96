"""``WS /ws/events``: the change log as it grows, from a cursor on, nothing missed, none twice."""

import asyncio
import time
from collections.abc import Iterator
from urllib.parse import parse_qsl

from channels.generic.websocket import AsyncWebsocketConsumer

from state import service
from state.access import Principal, authenticate_scope, origin_allowed
from state.api.threads import in_thread
from state.changelog.bell import current_bell, rung_within
from state.changelog.cursor import Cursor
from state.changelog.event_filter import EventFilter
from state.changelog.events import ChangeEvent
from state.domain.errors import (
    CursorExpired,
    Forbidden,
    LightningError,
    Malformed,
    Unauthenticated,
)
from state.domain.jsontext import encode

HEARTBEAT_SECONDS = 10.0
CREDENTIAL_CHECK_SECONDS = 4.0
FRAME_LIMIT_BYTES = 480 * 1024
_PAGE = 500
_CLOSE_CODES: tuple[tuple[type[LightningError], int], ...] = (
    (Unauthenticated, 4401),
    (Forbidden, 4403),
    (CursorExpired, 4410),
    (Malformed, 4400),
)


class EventConsumer(AsyncWebsocketConsumer):
    """A watcher. It reads the log itself, from its own cursor, as fast as it is read from."""

    tasks: tuple[asyncio.Task[None], ...] = ()

    async def connect(self) -> None:
        await self.accept()
        try:
            await self._authenticate()
            parameters = dict(parse_qsl(self.scope["query_string"].decode("latin-1")))
            wanted = EventFilter.parse(parameters)
            after = parameters.get("after")
            cursor = Cursor.parse(after) if after else None
            cursor = await in_thread(service.checked_cursor, cursor)
        except LightningError as refusal:
            await self._refuse(refusal)
            return
        self.tasks = (
            asyncio.create_task(self._watch(cursor, wanted)),
            asyncio.create_task(self._end_with_the_credentials()),
        )

    async def disconnect(self, code: int) -> None:
        for task in self.tasks:
            task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing a watcher sends means anything."""

    async def _authenticate(self, *, fresh: bool = False) -> Principal:
        if not origin_allowed(self.scope):
            raise Forbidden("The Origin is not this server's.")
        principal = await authenticate_scope(self.scope, fresh=fresh)
        if principal is None:
            raise Unauthenticated()
        principal.require("viewer")
        return principal

    async def _watch(self, cursor: Cursor, wanted: EventFilter) -> None:
        await self._send_heartbeat(cursor)
        spoke_at = time.monotonic()
        try:
            while True:
                ticket = current_bell().ticket()
                page = service.recent_events(cursor, wanted, _PAGE)
                if page is None:
                    page = await in_thread(service.read_events, cursor, wanted, limit=_PAGE)
                for events, reached in frames(page.events, page.cursor):
                    await self._send_events(events, reached)
                    spoke_at = time.monotonic()
                more = page.more
                cursor = page.cursor
                if not more:
                    await rung_within(ticket, 1.0)
                if time.monotonic() - spoke_at > HEARTBEAT_SECONDS:
                    await self._send_heartbeat(cursor)
                    spoke_at = time.monotonic()
        except LightningError as refusal:
            await self._refuse(refusal)

    async def _end_with_the_credentials(self) -> None:
        while True:
            await asyncio.sleep(CREDENTIAL_CHECK_SECONDS)
            try:
                await self._authenticate(fresh=True)
            except (Unauthenticated, Forbidden) as refusal:
                await self._refuse(refusal)
                return

    async def _send_heartbeat(self, cursor: Cursor) -> None:
        await self.send(encode({"type": "heartbeat", "cursor": str(cursor)}).decode())

    async def _send_events(self, events: list[ChangeEvent], reached: Cursor) -> None:
        listed = b",".join(event.encoded for event in events)
        tail = encode(str(reached))
        frame = b'{"type":"events","events":[' + listed + b'],"cursor":' + tail + b"}"
        await self.send(frame.decode())

    async def _refuse(self, refusal: LightningError) -> None:
        code = next((code for kind, code in _CLOSE_CODES if isinstance(refusal, kind)), 1011)
        body = {"type": "error", "code": refusal.code, "detail": refusal.detail, **refusal.data}
        await self.send(encode(body).decode())
        await self.close(code)


def frames(
    events: list[ChangeEvent], reached: Cursor
) -> Iterator[tuple[list[ChangeEvent], Cursor]]:
    """Events in frames below the limit, each with the cursor behind it.

    An atomic batch stays in one frame, whatever its size.
    """
    frame: list[ChangeEvent] = []
    size = 0
    for index, event in enumerate(events):
        follows = bool(frame) and event.batch is not None and event.batch == frame[-1].batch
        if frame and not follows and size + len(event.encoded) > FRAME_LIMIT_BYTES:
            yield frame, frame[-1].place
            frame, size = [], 0
        frame.append(event)
        size += len(event.encoded)
        if index == len(events) - 1:
            yield frame, reached
