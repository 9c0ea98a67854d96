"""An answer in one piece is, byte for byte, the one that ASGI sends in two."""

from typing import Any

import pytest

from state.domain.errors import RequestTimeout
from state.doors.asgi.answer import send_answer, send_in_parts
from state.protocol.call import Answer
from tests.unit.connections import Client

READ = Answer(200, b'{"a": 1}', {"ETag": '"7"', "X-Cache": "L1"})
CREATED = Answer(201, b"{}", {"Location": "/api/v1/agents/a"})
UNCHANGED = Answer(304, b"", {"ETag": '"7"'}, "")
DONE = Answer(204, b"", {}, "")


async def sent(request: bytes, answer: Answer, *, whole: bool) -> tuple[Client, list[int]]:
    """The client that has made a request, and how many pieces it was answered in."""
    pieces: list[int] = []

    async def answer_it(scope: Any, send: Any) -> None:
        async def counted(message: Any) -> None:
            pieces.append(1)
            await send(message)

        if whole:
            await send_answer(scope, answer, "id", counted)
        else:
            await send_in_parts(answer, "id", counted)

    client = Client(answer_it)
    client.state.default_headers = [(b"date", b"now")]
    client.may_answer.set()
    await client.send(request)
    return client, pieces


@pytest.mark.parametrize(
    "answer", [READ, CREATED, UNCHANGED, DONE], ids=lambda one: str(one.status)
)
@pytest.mark.parametrize(
    "request_line", [b"GET / HTTP/1.1", b"HEAD / HTTP/1.1", b"GET / HTTP/1.0"], ids=repr
)
@pytest.mark.parametrize("line", [b"", b"Connection: close\r\n"], ids=["stays", "closes"])
async def test_it_is_what_asgi_sends(request_line: bytes, line: bytes, answer: Answer) -> None:
    request = request_line + b"\r\nHost: a\r\n" + line + b"\r\n"
    one, in_one = await sent(request, answer, whole=True)
    two, in_two = await sent(request, answer, whole=False)
    assert (len(in_one), len(in_two)) == (0, 2)
    assert one.transport.sent == two.transport.sent != b""
    assert one.transport.closed_by == two.transport.closed_by


async def test_the_next_request_of_the_connection_is_answered_after_it() -> None:
    client, pieces = await sent(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3, READ, whole=True)
    assert client.transport.statuses == [200, 200, 200]
    assert not pieces
    assert client.connection.cycle.response_complete


async def answered_later(request: bytes) -> Client:
    """A client whose request is under way; it is answered in one piece where that can be."""

    async def answer_it(scope: Any, send: Any) -> None:
        await send_answer(scope, READ, "id", send)

    client = Client(answer_it)
    await client.send(request)
    return client


async def test_a_client_that_reads_nothing_is_waited_for() -> None:
    client = await answered_later(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    client.connection.pause_writing()
    client.may_answer.set()
    await client.turns()
    assert not client.transport.sent
    client.connection.resume_writing()
    await client.turns()
    assert client.transport.statuses == [200]


async def test_a_client_that_was_refused_meanwhile_is_sent_nothing_more() -> None:
    client = await answered_later(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
    client.connection.refuse(RequestTimeout())
    client.may_answer.set()
    await client.turns()
    assert client.transport.statuses == [408]


async def test_no_header_ends_within_its_line() -> None:
    client, _ = await sent(
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        Answer(200, b"", {"ETag": "a\r\nset-cookie: b"}),
        whole=True,
    )
    assert client.transport.statuses == [500]
    assert b"set-cookie" not in client.transport.sent
