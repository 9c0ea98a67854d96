"""A client's side of a connection, without a socket."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from state.domain.jsontext import decode
from state.server.admission import AdmittingState
from state.server.connection import Connection
from state.server.websocket import WebSocketConnection

Answer = Callable[[Any, Any], Awaitable[None]]
"""Given an ASGI scope and its ``send``."""


async def _empty_answer(scope: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


class Transport(asyncio.Transport):
    """The client's side: what it was sent, whether it is read from; ``unsent`` is not taken."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.unsent = 0
        self.is_read = True
        self.has_ended = False
        self.closed_by = ""
        self.protocol: Any = None

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.sent += data

    def write_eof(self) -> None:
        self.has_ended = True

    def close(self) -> None:
        self.closed_by = self.closed_by or "close"

    def abort(self) -> None:
        self.closed_by = "abort"

    def is_closing(self) -> bool:
        return bool(self.closed_by)

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    @property
    def statuses(self) -> list[int]:
        return [int(status) for status in re.findall(rb"HTTP/1.1 (\d{3})", self.sent)]

    @property
    def code(self) -> str:
        return str(decode(self.sent.rpartition(b"\r\n\r\n")[2])["code"])


class Client:
    """A connection with an application behind it that answers when it is told to."""

    def __init__(self, answer: Answer | None = None) -> None:
        self._answer = answer or _empty_answer
        self.transport = Transport()
        self.scopes: list[Any] = []
        self.may_answer = asyncio.Event()
        self.state = AdmittingState(100)
        self.connection = self.connect(self.transport)

    def connect(self, transport: Transport) -> Connection:
        config = uvicorn.Config(
            self.application, ws=WebSocketConnection, interface="asgi3", proxy_headers=False
        )
        connection = Connection(config=config, server_state=self.state, app_state={})
        connection.connection_made(transport)
        return connection

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        await self.may_answer.wait()
        await self._answer(scope, send)

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self.connection.data_received(part)
            await self.turns()

    async def turns(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    def sweep(self, seconds_from_now: float) -> None:
        self.connection.sweep(asyncio.get_running_loop().time() + seconds_from_now)

    async def refused(self) -> tuple[list[int], str, bool]:
        await self.turns()
        return self.transport.statuses, self.transport.code, self.transport.has_ended
