"""PostgreSQL that stands still: its connections are open, and nothing answers."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, READY
from tests.contract.refusals import assert_refused
from tests.contract.sessions import signed_in
from tests.contract.watching import watching
from tests.rig.backends import Backend
from tests.rig.server import REQUEST_SECONDS, Server, running
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow]

AT_ONCE_SECONDS = 3.0  # waiting for the pool would cost four
PATH = "/api/v1/agents/cached"
LOCK = {"kind": "agent", "id": "a", "owner": "o"}

CALLS: dict[str, Callable[[httpx.Client], httpx.Response]] = {
    "cached": lambda client: client.get(PATH),
    "miss": lambda client: client.get("/api/v1/agents/miss"),
    "no-cache": lambda client: client.get(PATH, headers=FROM_THE_DATABASE),
    "list": lambda client: client.get("/api/v1/agents"),
    "patch": lambda client: client.patch(PATH, json={}),
    "lock": lambda client: client.post("/api/v1/locks", json=LOCK),
}


def is_refused_at_once(client: httpx.Client) -> bool:
    try:
        return client.get(PATH, headers=FROM_THE_DATABASE, timeout=1.0).status_code == 503
    except httpx.ReadTimeout:
        return False


@pytest.fixture
def server(mistreated_postgres: Backend) -> Iterator[Server]:
    with running(Server(mistreated_postgres, mistreated_postgres.directory)) as (server,):
        yield server


def test_calls_are_refused_while_it_stands_still(server: Server) -> None:
    postgres = server.backend.postgres
    assert postgres is not None
    client = server.client_as("agent")
    client.put(PATH, json=READY).raise_for_status()
    operator = signed_in(server, "operator")
    assert operator.get("/").status_code == 200
    with ThreadPoolExecutor(8) as pool:
        # Connections are kept for later: who asks next waits for an answer, not for a connection.
        list(pool.map(CALLS["list"], [client] * 16))
        postgres.pause()
        try:
            # A write that was under way before the silence is known waits for its end.
            early = pool.submit(server.client_as("agent").patch, PATH, json={})
            # Reads and probes do not: they are told of the silence.
            reads = [
                pool.submit(server.client_as("agent").get, path, headers=FROM_THE_DATABASE)
                for path in (PATH, "/api/v1/agents")
            ]
            probes = [
                pool.submit(server.client().get, path) for path in ("/health", "/health/ready")
            ]
            wait_for(lambda: is_refused_at_once(client), what="the silence noticed")
            for read in reads:
                assert_refused(read.result(REQUEST_SECONDS), 503, "database_unavailable")
            assert [probe.result(REQUEST_SECONDS).status_code for probe in probes] == [503, 503]
            for name, call in CALLS.items():
                began = time.monotonic()
                answer = call(client)
                assert answer.status_code == 503, name
                assert_refused(answer, 503, "database_unavailable")
                assert time.monotonic() - began < AT_ONCE_SECONDS, name
            for path in ("/", "/api/v1/agents"):
                began = time.monotonic()
                answer = operator.get(path)
                assert (answer.status_code, time.monotonic() - began < AT_ONCE_SECONDS) == (
                    503,
                    True,
                )
            assert "Not available just now" in operator.get("/").text
            with watching(server, server.backend.keys["viewer"]) as watcher:
                frame, close_code = watcher.closed()
                assert frame is not None
                assert (frame["code"], close_code) == ("database_unavailable", 1011)
        finally:
            postgres.resume()
        wait_for(lambda: client.get(PATH).status_code == 200, what="an answer from PostgreSQL")
        assert early.result(60).status_code in {200, 503}
    assert client.patch(PATH, json={}).status_code == 200
