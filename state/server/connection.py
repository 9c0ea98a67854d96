"""An HTTP connection that ends after its share of requests."""

import asyncio
import random
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from state.domain.errors import Malformed, Overloaded
from state.doors.asgi.types import RESERVED, WHOLE, Scope
from state.server.admission import AdmittingState, Seat
from state.server.bounded import BoundedConnection
from state.server.websocket import WebSocketConnection

REQUESTS_A_CONNECTION = 2000
_LINGER_SECONDS = 0.5


class Connection(BoundedConnection):
    """A connection closed politely (``Connection: close``) after a number of requests.

    Clients keep connections for hours; only a new one can go to a worker that started since. The
    number varies, so that the connections of one client do not all end in the same moment.
    """

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        # Django's logging setup makes uvicorn believe that somebody reads its access log.
        self.access_log = False
        self._requests_left = random.randint(REQUESTS_A_CONNECTION // 2, REQUESTS_A_CONNECTION)
        self._is_ending = False
        self._admission = cast(AdmittingState, self.server_state).admission
        self._is_reserved = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        seat = self._admission.seat_for(self, self.loop.time())
        if seat is Seat.NONE:
            self.refuse(Overloaded("The instance has no connection left."))
            self.transport.close()
        self._is_reserved = seat is Seat.RESERVED

    def handle_websocket_upgrade(self) -> None:
        try:
            target = self.url.decode("ascii")
        except UnicodeDecodeError:
            self.refuse(Malformed("A URL has ASCII characters only."))
            return
        self._corked.flush()
        self.connections.discard(self)
        socket = WebSocketConnection(
            config=self.config, server_state=self.server_state, app_state=self.app_state
        )
        socket.connection_made(self._uncorked)
        self._uncorked.set_protocol(socket)
        socket.open(self.scope["method"], target, self.headers, is_reserved=self._is_reserved)
        if self._is_ending:  # the round that tells every socket has passed
            self.loop.call_later(_LINGER_SECONDS, self._end_socket, socket)

    def _end_socket(self, socket: WebSocketConnection) -> None:
        if socket in self.connections:  # its client has not left meanwhile
            socket.shutdown()

    def on_headers_complete(self) -> None:
        if self._is_reserved:
            cast(Scope, self.scope)[RESERVED] = True
        else:
            cast(Scope, self.scope)[WHOLE] = self._answer
        super().on_headers_complete()
        self._requests_left -= 1
        if self._requests_left <= 0 and self.cycle is not None:
            self.cycle.keep_alive = False

    def _answer(self, status: int, head: bytes, body: bytes) -> bool:
        """Sends an answer in one piece: a ``WholeAnswer``.

        What uvicorn's ``send`` does with two messages, without its look at every header, which
        is felt in a read.
        """
        cycle = self.cycle
        if cycle.disconnected or self.flow.write_paused:
            return False
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        parts = [STATUS_LINE[status]]
        for name, value in self.server_state.default_headers:
            parts += (name, b": ", value, b"\r\n")
        parts += (head, b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
        if cycle.scope["method"] != "HEAD":
            parts.append(body)
        self.transport.write(b"".join(parts))
        cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    def shutdown(self) -> None:
        """The server ends: after the request under way, or the one that may be on its way here.

        Closing a silent connection at once would lose what its client has just sent.
        """
        self._requests_left = 0
        self._is_ending = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(_LINGER_SECONDS, self._end)
        else:
            super().shutdown()

    def _end(self) -> None:
        if self in self.connections:  # it has not become a WebSocket meanwhile
            super().shutdown()
