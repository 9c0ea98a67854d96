"""An HTTP connection that reads no more than it may before anybody knows whose it is."""

import asyncio
from typing import Any, NoReturn, cast

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from state.domain.errors import (
    BadHost,
    HeadersTooLarge,
    LightningError,
    Malformed,
    RequestTimeout,
    TooLarge,
    UriTooLong,
)
from state.server import limits
from state.server.cork import CorkedTransport
from state.server.cutter import Cutter
from state.server.refusal import raw_refusal
from state.server.stalls import Stalls

_NEVER = float("inf")
_FRAMING = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect"})


class _Flow(FlowControl):
    """Whether to read; what waits for an answer that is under way keeps its client waiting."""

    is_held = False

    def hold(self) -> None:
        self.is_held = True
        self.pause_reading()

    def release(self) -> None:
        self.is_held = False
        self.resume_reading()

    def resume_reading(self) -> None:
        if not self.is_held:
            super().resume_reading()


class _Refused(Exception):
    """Raised within the parser's callbacks; the refusal is kept beside, which the parser is not."""


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's connection, with the bounds of ``limits``; ``sweep`` is called once a second.

    One request is parsed at a time: while its answer is under way, what came after it is held
    unparsed and nothing more is read.
    """

    held_bytes = 0
    """Of all connections of this process."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._cutter = Cutter()
        self._held = b""
        self._reason: LightningError | None = None
        self._is_refused = False
        self._is_past_head = False
        self._is_past_body = True
        self._is_chunked = False
        self._framing_bytes = 0
        self._trailers = 0
        self._hosts = 0
        self._announced_bytes = 0
        self._body_bytes = 0
        self._window_bytes = 0
        self._window_seconds = 0
        self._stalls = Stalls()
        self._deadline = _NEVER
        self.idle_since: float | None = None
        self.has_served = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._uncorked = cast(asyncio.Transport, transport)
        self._corked = CorkedTransport(self._uncorked, self.loop)
        super().connection_made(cast(asyncio.Transport, self._corked))
        self.flow = self._flow = _Flow(self.transport)
        self._become_idle()

    def eof_received(self) -> None:
        # A client that only sends no more still reads; uvloop closes after this, past the cork.
        self._corked.flush()
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._take_held()
        super().connection_lost(exc)

    # --- Time -----------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        """Ends what takes too long: silence, a head, a body, an answer that is not read."""
        is_closing = self._uncorked.is_closing()
        seconds = limits.CLOSING_SECONDS if is_closing else limits.STALLED_SECONDS
        if self._stalls.last_for(seconds, self._uncorked, now):
            self._uncorked.abort()
        elif now > self._deadline:
            self._deadline = _NEVER
            if self._is_past_body or self._is_refused:
                self.transport.close()  # silent, or told already
            else:
                self.refuse(RequestTimeout())
        elif self._is_reading_body() and not self.flow.read_paused:
            self._judge_body_rate()

    def _judge_body_rate(self) -> None:
        self._window_seconds += 1
        if self._window_seconds >= limits.BODY_WINDOW_SECONDS:
            if self._body_bytes - self._window_bytes < limits.BODY_BYTES_A_WINDOW:
                self.refuse(RequestTimeout())
            self._window_seconds, self._window_bytes = 0, self._body_bytes

    def _become_idle(self) -> None:
        self.idle_since = self.loop.time()
        self._deadline = self.idle_since + limits.IDLE_SECONDS

    # --- Refusing -------------------------------------------------------------------------------

    def refuse(self, refusal: LightningError) -> None:
        """Answers the request under way with a problem, and takes nothing more from this client.

        What it still sends is dropped for a while: a socket that is closed before its client has
        sent everything throws the answer away.
        """
        self._is_refused = True
        self.idle_since = None
        self._deadline = self.loop.time() + limits.DROPPING_SECONDS
        self._take_held()
        self._flow.release()
        if self._is_past_head:
            if self.cycle.response_complete:
                self.transport.close()
                return
            self.cycle.disconnected = True  # the application answers no more
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self._uncorked.abort()  # so that a part does not pass for the whole
                return
        if not self.transport.is_closing():
            self.transport.write(raw_refusal(refusal))
            self._corked.write_eof()

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP is refused like everything else (contract §11)."""
        self.refuse(Malformed(msg))

    # --- Reading --------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self._held:  # on its way before the pause took hold
            self._hold(self._take_held() + data)
            return
        start, size = 0, len(data)
        while start < size:
            cycle = self.cycle
            if self._is_past_body and cycle is not None and not cycle.response_complete:
                # A request has come in whole whose answer is not out yet.
                self._hold(data[start:])
                return
            if self._is_chunked and start >= limits.PIECE_BYTES:
                self._hold(data[start:])
                self.loop.call_soon(self._go_on)
                return
            most_bytes = limits.PIECE_BYTES if self._is_chunked else size
            end = self._cutter.next_end(data, start, most_bytes)
            if not self._feed(data if end - start == size else data[start:end]):
                return
            start = end

    def _is_reading_body(self) -> bool:
        return self._is_past_head and not self._is_past_body

    def _feed(self, piece: bytes) -> bool:
        """Parses a piece; False when what follows is not HTTP any more, or not wanted."""
        self._framing_bytes += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
                return False
            self.cycle.keep_alive = False  # what the client would speak next is not spoken here
        except httptools.HttpParserError:
            self.refuse(self._reason or Malformed("Invalid HTTP request received."))
            return False
        if self._framing_bytes > limits.HEAD_BYTES:
            self.refuse(HeadersTooLarge())
            return False
        if self._framing_bytes < 0:
            self._framing_bytes = 0
        return True

    def _hold(self, data: bytes) -> None:
        if BoundedConnection.held_bytes + len(data) > limits.HELD_BYTES:
            self._uncorked.abort()
            return
        self._held = data
        BoundedConnection.held_bytes += len(data)
        self._flow.hold()

    def _take_held(self) -> bytes:
        held, self._held = self._held, b""
        BoundedConnection.held_bytes -= len(held)
        return held

    def _go_on(self) -> None:
        """Parses what was held."""
        if self._held and not self.transport.is_closing():
            self.data_received(self._take_held())
        if not self._held and not self.transport.is_closing():
            self._flow.release()

    # --- The parser's callbacks -----------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.idle_since = None
        self._is_past_head = self._is_past_body = self._is_chunked = False
        self._hosts = self._announced_bytes = 0
        self._deadline = self.loop.time() + limits.HEAD_SECONDS

    def on_url(self, url: bytes) -> None:
        self.url += url
        self._framing_bytes -= len(url)
        if len(self.url) > limits.TARGET_BYTES:
            self._give_up(UriTooLong())

    def on_header(self, name: bytes, value: bytes) -> None:
        """Instead of uvicorn's: called for every line, of a trailer too."""
        if self._is_past_head:  # nobody asks for trailers, and they are no headers
            self._trailers += 1
            if self._trailers > limits.HEAD_LINES:
                self._give_up(HeadersTooLarge())
            return
        name = name.lower()
        self.headers.append((name, value))
        if len(self.headers) > limits.HEAD_LINES:
            self._give_up(HeadersTooLarge())
        if name in _FRAMING:
            self._read_framing(name, value)

    def on_headers_complete(self) -> None:
        if self._framing_bytes > limits.HEAD_BYTES:
            self._give_up(HeadersTooLarge())
        if self._hosts != 1 and (self._hosts or self.parser.get_http_version() == "1.1"):
            self._give_up(BadHost("A request of HTTP/1.1 has one Host header."))
        super().on_headers_complete()
        if self._announced_bytes:
            self._cutter.expect_body(self._announced_bytes)
        self._is_past_head = True
        self._framing_bytes = self._trailers = 0
        self._body_bytes = self._window_bytes = self._window_seconds = 0
        self._deadline = _NEVER

    def _read_framing(self, name: bytes, value: bytes) -> None:
        if name == b"host":
            self._hosts += 1
        elif name == b"content-length":
            self._announced_bytes = int(value) if value.isdigit() else 0  # else it is refused
        elif name == b"transfer-encoding":
            self._is_chunked = True
        elif value.lower() == b"100-continue":
            self.expect_100_continue = True

    def on_chunk_header(self) -> None:
        self._framing_bytes = 0

    def on_body(self, body: bytes) -> None:
        self._framing_bytes -= len(body)
        self._body_bytes += len(body)
        if self._body_bytes > limits.BODY_BYTES:
            self._give_up(TooLarge())
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_past_body = True
        self._is_chunked = False
        self._framing_bytes = 0
        if self.cycle is not None and self.cycle.response_complete:
            self._become_idle()

    def _give_up(self, refusal: LightningError) -> NoReturn:
        self._reason = refusal
        raise _Refused

    # --- Answering ------------------------------------------------------------------------------

    def on_response_complete(self) -> None:
        """Instead of uvicorn's: the next request is parsed now, and ``sweep`` knows the time."""
        self.server_state.total_requests += 1
        self.has_served = True
        if self._uncorked.is_closing():
            return
        if self._is_past_body:
            self._become_idle()
        else:
            self._deadline = self.loop.time() + limits.DROPPING_SECONDS
        if self._held:
            self._go_on()
        elif self.flow.read_paused:
            self.flow.resume_reading()
