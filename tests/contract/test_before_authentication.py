"""One connection of nobody cannot fill or stop the server: others get their answers meanwhile."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.contract.processes import has_read_everything, resident_bytes
from tests.contract.raw_http import connected, exchange, head
from tests.rig.server import FreshServer, Server
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.one_place

MIB = 1024 * 1024
SENT_BYTES = 48 * MIB
GROWTH_BYTES = 24 * MIB
"""A fraction of what is sent; what the attacks leave behind for good is seen in it as well."""
TAKES_NO_MORE_SECONDS = 1.0
SOON_SECONDS = 5.0

START = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /api/v1/locks HTTP/1.1\r\nHost: localhost\r\n"
UPGRADE = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
]
PING = b"\x89\xfd" + b"\x00" * 4 + b"p" * 125


def endless(start: bytes, piece: bytes) -> Iterator[bytes]:
    block = piece * (256 * 1024 // len(piece))
    yield start
    for _ in range(SENT_BYTES // len(block)):
        yield block


ATTACKS = {
    "url": (b"GET /", b"u"),
    "name": (START, b"n"),
    "value": (START + b"X: ", b"v"),
    "lines": (START, b"X-Header: value\r\n"),
    "trailers": (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: value\r\n"),
    "pipelined": (b"", head("GET", "/health/live", [])),
    "pings": (head("GET", "/ws/events", UPGRADE), PING),
    "pings, unknown URL": (head("GET", "/ws/nothing", UPGRADE), PING),
}


def attack(connection: socket.socket, parts: Iterator[bytes]) -> Iterator[None]:
    """Sends without reading, until the server has taken all, takes no more, or has hung up."""
    connection.settimeout(TAKES_NO_MORE_SECONDS)
    try:
        for part in parts:
            connection.sendall(part)
            yield
    except OSError:
        return


@pytest.mark.parametrize("name", ATTACKS)
def test_a_client_that_is_not_known_costs_a_bounded_amount(server: Server, name: str) -> None:
    start, piece = ATTACKS[name]
    with connected(server) as connection, server.client_as("viewer") as other:
        other.get("/api/v1/summary")
        before = resident_bytes(server.process.pid)
        for turn, _ in enumerate(attack(connection, endless(start, piece))):
            if turn % 32 == 0:
                asked = time.monotonic()
                assert other.get("/api/v1/agents/nobody").status_code == 404
                assert time.monotonic() - asked < SOON_SECONDS
            assert resident_bytes(server.process.pid) - before < GROWTH_BYTES


# --- Connections ---------------------------------------------------------------------------------

MOST = 50
BUSY = POST + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"


def status_and_code(server: Server, path: str, role: str | None = None) -> tuple[int, str]:
    headers = [("X-Api-Key", server.backend.keys[role])] if role else []
    answer = exchange(server, head("GET", path, [*headers, ("Connection", "close")]))
    return answer.status, answer.json().get("code", "") if answer.status >= 400 else ""


def test_a_full_instance_serves_health_and_operators(fresh_server: FreshServer) -> None:
    server = fresh_server(LIGHTNING_MAX_CONNECTIONS=str(MOST))
    with ExitStack() as stack:

        def open_many(count: int, start: bytes = b"") -> None:
            for _ in range(count):
                stack.enter_context(connected(server)).sendall(start)
            wait_for(lambda: has_read_everything(server.port), what="all of them let in")

        # Silent ones make room; those of which half a body is there do not.
        open_many(3 * MOST)
        wait_for(
            lambda: status_and_code(server, "/api/v1/summary", "viewer")[0] == 200,
            what="an answer beside silent connections",
        )
        open_many(MOST, BUSY)
        # Those of them that were refused may keep the reserve for a moment.
        wait_for(
            lambda: (
                status_and_code(server, "/api/v1/summary", "viewer") == (503, "overloaded")
                and status_and_code(server, "/health/ready")[0] == 200
                and status_and_code(server, "/api/v1/summary", "operator")[0] == 200
            ),
            what="health and operators served, and nobody else",
        )
    wait_for(
        lambda: status_and_code(server, "/api/v1/summary", "viewer")[0] == 200,
        what="room again",
    )
