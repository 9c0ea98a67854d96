"""A client that has sent everything closes its side, and still reads what is there for it.

Whoever waits for an answer must not do so: the end of its side is all that tells of a caller who is
gone (contract §4).
"""

import socket

import pytest

from tests.contract.bodies import READY
from tests.contract.raw_http import connected, head
from tests.rig.server import FreshServer

pytestmark = pytest.mark.one_place


def test_a_client_that_sends_no_more_gets_a_cached_answer(fresh_server: FreshServer) -> None:
    server = fresh_server()
    path = "/api/v1/agents/half-closed"
    with server.client_as("agent") as client:
        client.put(path, json=READY)
        client.get(path)
    key = server.backend.keys["agent"]
    request = head("GET", path, [("Authorization", f"Bearer {key}")])
    for _ in range(20):
        with connected(server) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
