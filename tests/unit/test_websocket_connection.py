"""What a WebSocket takes in: bounded by what its client takes out, and by what is wanted of it."""

import asyncio
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from state.server import limits
from tests.unit.connections import Client, Transport

HANDSHAKE = (
    b"GET /ws/events?ids=%b HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%b\r\n"
)


def frame(opcode: Opcode, data: bytes = b"", fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True)


PING = frame(Opcode.PING)
PONG = Frame(Opcode.PONG, b"").serialize(mask=False)


class Watcher(Client):
    """A WebSocket whose application accepts it and keeps the messages it asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Any] = []
        self.may_receive = asyncio.Event()

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        await receive()
        await self.may_answer.wait()
        await send({"type": "websocket.accept"})
        while True:
            await self.may_receive.wait()
            self.messages.append(await receive())
            if self.messages[-1]["type"] == "websocket.disconnect":
                return

    async def connect_socket(self, ids: bytes = b"", more: bytes = b"") -> None:
        await self.send(HANDSHAKE % (ids, more))

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            (self.transport.protocol or self.connection).data_received(part)
            await self.turns()


@pytest.fixture
async def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
async def open_watcher(watcher: Watcher) -> Watcher:
    watcher.may_answer.set()
    await watcher.connect_socket()
    assert watcher.transport.statuses == [101]
    watcher.transport.sent = b""
    return watcher


async def test_a_handshake_may_be_as_long_as_a_request(watcher: Watcher) -> None:
    watcher.may_answer.set()
    ids = b",".join(b"%040d" % number for number in range(1000))
    lines = b"".join(b"X-%d: %b\r\n" % (number, b"v" * 400) for number in range(122))
    await watcher.connect_socket(ids, lines)
    assert watcher.transport.statuses == [101]
    assert watcher.scopes[0]["query_string"] == b"ids=" + ids
    assert len(watcher.scopes[0]["headers"]) == 128 - 1


async def test_a_longer_one_is_refused(watcher: Watcher) -> None:
    await watcher.connect_socket(b"", b"X: 1\r\n" * 128)
    assert await watcher.refused() == ([431], "headers_too_large", True)


async def test_nothing_is_read_before_the_handshake_is_over(watcher: Watcher) -> None:
    await watcher.connect_socket()
    assert not watcher.transport.is_read
    await watcher.send(PING)
    assert watcher.transport.sent == b""
    watcher.may_answer.set()
    await watcher.turns()
    assert watcher.transport.is_read
    assert watcher.transport.sent.endswith(PONG)


async def test_pings_of_a_client_that_does_not_read_are_not_answered_for_ever(
    open_watcher: Watcher,
) -> None:
    socket = open_watcher.transport.protocol
    socket.pause_writing()
    await open_watcher.send(PING * 100_000)
    assert len(open_watcher.transport.sent) <= limits.SOCKET_PIECE_BYTES
    assert not open_watcher.transport.is_read
    open_watcher.transport.sent = b""
    socket.resume_writing()
    await open_watcher.turns()
    assert open_watcher.transport.sent.startswith(PONG)


async def test_a_flood_leaves_the_others_their_turn(open_watcher: Watcher) -> None:
    open_watcher.transport.protocol.data_received(PING * 10_000)
    assert len(open_watcher.transport.sent) <= limits.SOCKET_PIECE_BYTES
    assert not open_watcher.transport.is_read
    for _ in range(10):
        await open_watcher.turns()
    assert open_watcher.transport.sent == PONG * 10_000
    assert open_watcher.transport.is_read


async def test_messages_wait_until_they_are_wanted(open_watcher: Watcher) -> None:
    await open_watcher.send(frame(Opcode.TEXT, b"x" * 4000) * 10)
    assert not open_watcher.transport.is_read
    assert open_watcher.transport.protocol.queue.qsize() <= 2
    open_watcher.may_receive.set()
    for _ in range(10):
        await open_watcher.turns()
    assert [message["text"] for message in open_watcher.messages] == ["x" * 4000] * 10
    assert open_watcher.transport.is_read


async def test_a_message_in_many_fragments_is_kept_in_one_piece(open_watcher: Watcher) -> None:
    open_watcher.may_receive.set()
    await open_watcher.send(frame(Opcode.TEXT, b"a", fin=False))
    await open_watcher.send(frame(Opcode.CONT, b"b", fin=False) * 2000)
    assert len(open_watcher.transport.protocol.frames) == 1
    await open_watcher.send(frame(Opcode.CONT, b"c"))
    assert [message["text"] for message in open_watcher.messages] == ["a" + "b" * 2000 + "c"]


async def test_a_client_that_does_not_take_the_last_words_is_left(open_watcher: Watcher) -> None:
    transport: Transport = open_watcher.transport
    transport.unsent = 10
    transport.close()
    now = asyncio.get_running_loop().time()
    for seconds in (0.0, 9.0):
        transport.protocol.sweep(now + seconds)
    assert transport.closed_by == "close"
    transport.protocol.sweep(now + 11.0)
    assert transport.closed_by == "abort"
