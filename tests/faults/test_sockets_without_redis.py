"""Sockets open and follow the log also while Redis is away."""

import json
from collections.abc import Callable

import pytest
from websockets.sync.client import connect

from tests.contract.bodies import READY
from tests.contract.watching import watching
from tests.rig.backends import Backends
from tests.rig.server import Server, running

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_sockets_open_without_redis(backends: Backends, new_id: Callable[[str], str]) -> None:
    backend = backends.fresh("postgres+redis")
    if backend.valkey is None:
        pytest.skip("TEST_REDIS_URL is somebody else's server: it is not killed")
    with running(Server(backend, backend.directory)) as (server,), backend.valkey.away():
        state_id = new_id("agent")
        with watching(server, backend.keys["viewer"], ids=state_id) as watcher:
            assert watcher.frame()["type"] == "heartbeat"
            with server.client_as("agent") as client:
                client.put(f"/api/v1/agents/{state_id}", json=READY).raise_for_status()
            assert [event["id"] for event in watcher.events(1)] == [state_id]
        with connect(f"{server.websocket_url}/ws/dashboard") as socket:
            assert json.loads(socket.recv(timeout=10))["code"] == "unauthenticated"
