"""A WebSocket that takes in no more than its client takes out."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import Protocol

from state.doors.asgi.types import RESERVED, Scope
from state.server import limits
from state.server.stalls import Stalls


class WebSocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket; what it receives is parsed bit by bit, so that others get their turn.

    Nothing is parsed before the handshake is over, while a message waits for the application, and
    while the answers to pings wait for the client (RFC 6455 §5.5.3 asks for no queue of them).
    """

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._unparsed = bytearray()
        self._next_turn: asyncio.Handle | None = None
        self._has_unread_pongs = False
        self._stalls = Stalls()

    def open(
        self, method: str, target: str, headers: list[tuple[bytes, bytes]], *, is_reserved: bool
    ) -> None:
        """The handshake, as the HTTP connection has read it: no second parser, no second limit."""
        self.conn.parser = Protocol.parse(self.conn)
        next(self.conn.parser)
        lines = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        self.handle_connect(Request(target, Headers(lines), method))
        if is_reserved and self.handshake_initiated:
            cast(Scope, self.scope)[RESERVED] = True
        self._pause()

    def sweep(self, now: float) -> None:
        """Ends a connection whose client does not take the last words; pings see to the others."""
        if self.transport.is_closing() and self._stalls.last_for(
            limits.CLOSING_SECONDS, self.transport, now
        ):
            self.transport.abort()

    # --- Reading --------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._unparsed += data
        self._go_on()

    def _go_on(self) -> None:
        if self._next_turn is not None or self.transport.is_closing():
            return
        if self._unparsed and self._may_parse():
            piece = bytes(self._unparsed[: limits.SOCKET_PIECE_BYTES])
            del self._unparsed[: limits.SOCKET_PIECE_BYTES]
            super().data_received(piece)
        if self.transport.is_closing():
            return
        if self._unparsed or not self._may_parse():
            self._pause()
            if self._may_parse():
                self._next_turn = self.loop.call_soon(self._take_turn)
        else:
            self.transport.resume_reading()

    def _take_turn(self) -> None:
        self._next_turn = None
        self._go_on()

    def _may_parse(self) -> bool:
        if self.close_sent:  # its answer is waited for
            return not self._has_unread_pongs
        return self.handshake_complete and not self.read_paused and not self._has_unread_pongs

    def _pause(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def handle_ping(self) -> None:
        super().handle_ping()
        self._has_unread_pongs = not self.writable.is_set()

    def handle_cont(self, event: Frame) -> None:
        # In one piece: a list of a million fragments would be forty times as large.
        if not isinstance(self.frames[0], bytearray):
            self.frames = [cast(bytes, bytearray(self.frames[0]))]
        self.frames[0] += event.data
        if event.fin:
            self.frames = [bytes(self.frames[0])]
            self.send_receive_event_to_app()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._has_unread_pongs = False
        self._go_on()

    # --- The application's side -----------------------------------------------------------------

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] != "websocket.send":
            self._go_on()

    async def receive(self) -> Any:
        message = await super().receive()
        self._go_on()
        return message
