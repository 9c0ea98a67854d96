"""What a connection reads before its caller is known, bounded in bytes, in number and in time."""

import pytest

from state.server import limits
from state.server.bounded import BoundedConnection
from tests.unit.connections import Client, Transport

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
async def client() -> Client:
    return Client()


def lines(count: int, size: int = 1) -> bytes:
    return b"".join(b"X-%d: %b\r\n" % (number, b"v" * size) for number in range(count))


# --- Bytes and number ---------------------------------------------------------------------------


async def test_room_for_a_long_url_and_many_lines(client: Client) -> None:
    target = b"/" + b"i" * (limits.TARGET_BYTES - 1)
    await client.send(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n" + lines(127, 480) + b"\r\n")
    assert client.scopes[0]["raw_path"] == target
    assert len(client.scopes[0]["headers"]) == limits.HEAD_LINES


@pytest.mark.parametrize(
    ("parts", "status", "code"),
    [
        ([b"GET /" + b"i" * limits.TARGET_BYTES + b" HTTP/1.1\r\n"], 414, "uri_too_long"),
        ([b"GET /", *[b"i" * 50_000] * 4], 414, "uri_too_long"),
        ([b"GET / HTTP/1.1\r\nHost: a\r\n" + lines(128) + b"\r\n"], 431, "headers_too_large"),
        ([b"GET / HTTP/1.1\r\n", *[lines(1, 20_000)] * 4], 431, "headers_too_large"),
        ([b"GET / HTTP/1.1\r\nHost: a\r\n" + lines(4, 20_000) + b"\r\n"], 431, "headers_too_large"),
        ([b"GET / HTTP/1.1\r\nHost: a\r\nX: ", *[b"v" * 50_000] * 4], 431, "headers_too_large"),
        ([b"GET / HTTP/1.1\r\n", *[b"n" * 50_000] * 4], 431, "headers_too_large"),
        ([b"GET / HTTP/1.1\r\n\r\n"], 400, "bad_host"),
        ([b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"], 400, "bad_host"),
        ([b"\x16\x03\x01\x02"], 400, "malformed"),
        ([b"GET http:// HTTP/1.1\r\nHost: a\r\n\r\n"], 400, "malformed"),
    ],
)
async def test_a_head_above_the_limits_is_refused(
    client: Client, parts: list[bytes], status: int, code: str
) -> None:
    await client.send(*parts)
    assert await client.refused() == ([status], code, True)
    assert client.scopes == []


async def test_http_1_0_needs_no_host(client: Client) -> None:
    client.may_answer.set()
    await client.send(b"GET / HTTP/1.0\r\n\r\n")
    assert client.transport.statuses == [204]


async def test_a_head_in_single_bytes_is_a_head(client: Client) -> None:
    await client.send(*(bytes([byte]) for byte in GET))
    assert len(client.scopes) == 1


@pytest.mark.parametrize(
    "parts",
    [
        [b"0\r\n" + lines(130)],
        [b"0\r\nX: ", *[b"v" * 50_000] * 4],
        [b"1;x=", *[b"e" * 50_000] * 4],
    ],
    ids=["lines", "line", "extension"],
)
async def test_what_stands_around_a_body_in_chunks_is_bounded(
    client: Client, parts: list[bytes]
) -> None:
    await client.send(CHUNKED, b"3\r\nabc\r\n", *parts)
    assert await client.refused() == ([431], "headers_too_large", True)


async def test_trailers_are_no_headers(client: Client) -> None:
    await client.send(CHUNKED + b"3\r\nabc\r\n0\r\nX-Api-Key: k\r\n\r\n")
    assert b"x-api-key" not in dict(client.scopes[0]["headers"])


async def test_a_body_without_end_is_given_up(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BODY_BYTES", 100_000)
    client.may_answer.set()  # with the answer it has got, the rest is read and dropped
    await client.send(CHUNKED, *[b"c350\r\n" + b"b" * 50_000 + b"\r\n"] * 2)
    assert not client.transport.is_closing()
    await client.send(b"1\r\nb\r\n")
    assert client.transport.closed_by == "close"


# --- One request at a time ----------------------------------------------------------------------


async def test_nothing_is_read_beyond_a_request_whose_answer_is_not_out(client: Client) -> None:
    await client.send(GET * 1000)
    assert (len(client.scopes), client.transport.is_read) == (1, False)
    client.may_answer.set()
    for _ in range(200):
        await client.turns()
    assert client.transport.statuses == [204] * 1000
    assert client.transport.is_read
    assert BoundedConnection.held_bytes == 0


async def test_a_client_that_reads_nothing_is_answered_no_further(client: Client) -> None:
    client.may_answer.set()
    client.connection.pause_writing()
    await client.send(GET * 1000)
    assert (client.transport.statuses, len(client.scopes)) == ([], 1)
    client.connection.connection_lost(None)
    assert BoundedConnection.held_bytes == 0


async def test_what_all_connections_hold_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HELD_BYTES", 3 * len(GET) + 1)
    first, second = Client(), Client()
    await first.send(GET * 3)
    await second.send(GET * 3)
    assert (first.transport.closed_by, second.transport.closed_by) == ("", "abort")
    first.connection.connection_lost(None)


async def test_many_small_chunks_leave_the_others_their_turn(client: Client) -> None:
    received = CHUNKED + b"1\r\nb\r\n" * 50_000 + b"0\r\n\r\n"
    client.connection.data_received(received)
    assert not client.transport.is_read
    await client.turns()
    assert client.transport.is_read
    assert len(client.connection.cycle.body) == 50_000


async def test_an_upgrade_that_is_not_known_is_an_ordinary_request(client: Client) -> None:
    client.may_answer.set()
    await client.send(GET[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    assert client.transport.statuses == [204]
    assert b"connection: close" in client.transport.sent


# --- Time ---------------------------------------------------------------------------------------


async def test_a_silent_connection_is_closed_after_75_seconds(client: Client) -> None:
    client.sweep(74.0)
    assert client.transport.closed_by == ""
    client.sweep(76.0)
    assert (client.transport.closed_by, client.transport.sent) == ("close", b"")


async def test_one_that_has_been_answered_too(client: Client) -> None:
    client.may_answer.set()
    await client.send(GET)
    assert client.connection.idle_since is not None
    client.sweep(76.0)
    assert client.transport.closed_by == "close"


async def test_a_head_has_ten_seconds_however_it_drips(client: Client) -> None:
    await client.send(b"GET / HTTP/1.1\r\n", b"X: 1\r\n")
    client.sweep(9.0)
    assert client.transport.sent == b""
    client.sweep(11.0)
    assert await client.refused() == ([408], "request_timeout", True)


async def test_an_answer_may_take_its_time(client: Client) -> None:
    await client.send(GET)
    for second in range(0, 600, 10):
        client.sweep(second)
    assert (client.transport.closed_by, client.transport.sent) == ("", b"")
    assert client.connection.idle_since is None


def seconds(count: int, client: Client) -> None:
    for second in range(count):
        client.sweep(second)


async def test_a_body_has_a_least_rate(client: Client) -> None:
    await client.send(POST + b"Content-Length: 100000\r\n\r\n", b"b" * 5000)
    seconds(10, client)
    await client.send(b"b" * 4999)
    seconds(9, client)
    assert client.transport.sent == b""
    seconds(1, client)
    assert await client.refused() == ([408], "request_timeout", True)


async def test_the_time_in_which_a_body_is_not_wanted_does_not_count(client: Client) -> None:
    await client.send(POST + b"Content-Length: 200000\r\n\r\n", b"b" * 100_000)
    assert not client.transport.is_read
    seconds(600, client)
    assert client.transport.sent == b""


async def test_the_body_of_an_answered_request_is_not_waited_for(client: Client) -> None:
    client.may_answer.set()
    await client.send(POST + b"Content-Length: 100000\r\n\r\n")
    assert client.transport.statuses == [204]
    client.sweep(11.0)
    assert client.transport.closed_by == "close"


async def test_a_refused_client_is_left_after_ten_seconds(client: Client) -> None:
    await client.send(b"nonsense\r\n\r\n", b"x" * 1_000_000)
    assert client.transport.closed_by == ""
    client.sweep(11.0)
    assert client.transport.closed_by == "close"


async def test_an_answer_that_is_not_taken_ends_the_connection(client: Client) -> None:
    await client.send(GET)
    client.transport.unsent = 100_000
    client.sweep(0.0)
    client.sweep(74.0)
    assert client.transport.closed_by == ""
    client.sweep(76.0)
    assert client.transport.closed_by == "abort"


async def test_last_words_that_are_not_taken_do_not_keep_a_connection(client: Client) -> None:
    client.transport.unsent = 100
    client.sweep(0.0)
    client.transport.close()
    client.sweep(11.0)
    assert client.transport.closed_by == "abort"


async def test_where_no_place_is_left_a_connection_is_refused(client: Client) -> None:
    client.state.connections.update({object() for _ in range(100)})  # type: ignore[misc]
    client.connect(refused := Transport())
    assert (refused.statuses, refused.code, refused.closed_by) == ([503], "overloaded", "close")
