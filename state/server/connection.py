"""An HTTP connection that ends after its share of requests."""

import asyncio
import random
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from state.server.cork import CorkedTransport

REQUESTS_A_CONNECTION = 2000
_LINGER_SECONDS = 0.5


class Connection(HttpToolsProtocol):
    """uvicorn's connection, closed politely (``Connection: close``) after a number of requests.

    Clients keep connections for hours; only a new one can go to a worker that started since. The
    number varies, so that the connections of one client do not all end in the same moment.
    """

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        # Django's logging setup makes uvicorn believe that somebody reads its access log.
        self.access_log = False
        self._requests_left = random.randint(REQUESTS_A_CONNECTION // 2, REQUESTS_A_CONNECTION)
        self._is_ending = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._uncorked = cast(asyncio.Transport, transport)
        self._corked = CorkedTransport(self._uncorked, self.loop)
        super().connection_made(cast(asyncio.Transport, self._corked))

    def eof_received(self) -> None:
        # A client that only sends no more still reads; uvloop closes after this, past the cork.
        self._corked.flush()
        super().eof_received()

    def handle_websocket_upgrade(self) -> None:
        self.transport = self._uncorked
        super().handle_websocket_upgrade()
        if self._is_ending:  # the round that tells every socket has passed
            self.loop.call_later(_LINGER_SECONDS, self._end_socket, self.transport.get_protocol())

    def _end_socket(self, socket: Any) -> None:
        if socket in self.connections:  # its client has not left meanwhile
            socket.shutdown()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._requests_left -= 1
        if self._requests_left <= 0 and self.cycle is not None:
            self.cycle.keep_alive = False

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP is refused like everything else (contract §11)."""
        # Not at the top: the server's modules are loaded before Django is set up.
        from state.domain.errors import Malformed
        from state.doors.asgi.answer import raw_headers
        from state.protocol.problems import problem
        from state.protocol.request_id import accepted_request_id

        request_id = accepted_request_id(None)
        answer = problem(Malformed(msg), request_id)
        answer.headers["Connection"] = "close"
        lines = [b"%b: %b" % header for header in raw_headers(answer, request_id)]
        head = b"\r\n".join([b"HTTP/1.1 400 Bad Request", *lines])
        self.transport.write(head + b"\r\n\r\n" + answer.body)
        self.transport.close()

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
