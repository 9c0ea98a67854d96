"""Background loops meet failures that nobody expected: they go on, or the worker is replaced."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.contract.bodies import READY
from tests.contract.leases import acquire
from tests.contract.lock_waiters import asking
from tests.contract.sessions import cookie_header, signed_in
from tests.contract.watching import Watcher, watching
from tests.faults.failpoints import Failpoints
from tests.rig.backends import Backend
from tests.rig.database import query
from tests.rig.server import FreshServer, Server
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults

# Housekeeping every two seconds: a tenth of the retention.
OFTEN_CLEANED = {"LIGHTNING_EVENT_RETENTION_DAYS": "0.00025"}
HELD = "/api/v1/agents/held"


@pytest.fixture
def points(tmp_path: Path) -> Failpoints:
    return Failpoints(tmp_path / "failpoints")


def checks(client: httpx.Client) -> dict[str, str]:
    found: dict[str, str] = client.get("/health").json()["checks"]
    return found


def is_healthy(client: httpx.Client) -> bool:
    return bool(client.get("/health").json()["status"] == "healthy")


@contextmanager
def everything_running(server: Server) -> Iterator[tuple[Watcher, ClientConnection]]:
    """A watcher, a dashboard page and somebody who waits for a lock: all loops have work."""
    session = cookie_header(signed_in(server, "operator"))
    acquire(server.client_as("agent"), HELD, ttlSeconds=600)
    with (
        watching(server, server.backend.keys["viewer"]) as watcher,
        connect(f"{server.websocket_url}/ws/dashboard", additional_headers=session) as page,
        asking(server, HELD, "second", waitSeconds=60),
    ):
        watcher.frame()
        page.send('{"type":"watch","cursor":"","activity":true}')
        yield watcher, page


def hear_of(page: ClientConnection, state_id: str) -> None:
    """Reads a page's frames, as a browser does, until one tells of this state."""
    while True:
        frame = json.loads(page.recv(timeout=20))
        page.send(json.dumps({"type": "ack", "seq": frame.get("seq", 0)}))
        if state_id in json.dumps(frame):
            return


def test_each_loop_survives_what_nobody_expected_and_says_so(
    fresh_server: FreshServer, points: Failpoints, new_id: Callable[[str], str]
) -> None:
    server = fresh_server(**points.settings, **OFTEN_CLEANED)
    client = server.client_as("agent")
    expected = {
        "tail",
        "workerReport",
        "housekeeping",
        "keyUses",
        "lockWaiters",
        "dashboardHub",
        "credentials",
    }
    if server.backend.redis_url:
        expected.add("levelTwo")
    with everything_running(server) as (watcher, page):
        wait_for(lambda: expected <= checks(client).keys(), what="every loop at work")
        for name in expected:
            points.arm(f"loop.{name}", "broken")
        wait_for(
            lambda: (
                {name: checks(client).get(name) for name in expected}
                == dict.fromkeys(expected, "failing")
            ),
            what="every loop told of",
        )
        assert client.get("/health").json()["status"] == "degraded"
        for name in expected:
            points.disarm(f"loop.{name}")
        wait_for(lambda: is_healthy(client), what="health")
        path = f"/api/v1/agents/{new_id('agent')}"
        client.put(path, json=READY).raise_for_status()
        wait_for(lambda: client.get(path).headers["X-Cache"] == "L1", what="a read from level 1")
        assert [event["id"] for event in watcher.events(1)] == [path.rpartition("/")[2]]
        hear_of(page, path.rpartition("/")[2])
    log = server.log_path.read_text()
    for name in expected:
        assert f"The loop {name} failed and is tried again." in log
    assert "RuntimeError: failpoint loop.tail" in log


def test_a_log_without_its_row_for_a_while_as_in_a_restore(
    fresh_server: FreshServer, fresh_backend: Backend, new_id: Callable[[str], str]
) -> None:
    server = fresh_server()
    client = server.client_as("agent")
    path = f"/api/v1/agents/{new_id('agent')}"
    client.put(path, json=READY).raise_for_status()
    with watching(server, fresh_backend.keys["viewer"]) as watcher:
        watcher.frame()
        [row] = query(fresh_backend, "select id, epoch, pruned_through from state_changelog")
        query(fresh_backend, "delete from state_changelog")
        wait_for(lambda: checks(client).get("tail") == "failing", what="the tail told of")
        assert not is_healthy(client)
        query(
            fresh_backend,
            "insert into state_changelog (id, epoch, pruned_through) values (%s, %s, %s)",
            row,
        )
        wait_for(lambda: is_healthy(client), what="health")
        wait_for(lambda: client.get(path).headers.get("X-Cache") == "L1", what="level 1")
    # The watcher may have been told that the log failed; who comes back misses nothing.
    with watching(server, fresh_backend.keys["viewer"], after=str(watcher.cursor)) as again:
        client.patch(path, json={"status": "Paused"}).raise_for_status()
        assert [event["version"] for event in again.events(1)] == [2]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_worker_whose_loop_has_ended_is_replaced(
    fresh_server: FreshServer, points: Failpoints, workers: str
) -> None:
    server = fresh_server(**points.settings, LIGHTNING_MIN_INSTANCES=workers)
    points.arm("loop.tail", "end")
    points.wait_until_hit("loop.tail")

    def is_back() -> bool:
        try:
            with httpx.Client(base_url=server.url) as client:
                return is_healthy(client)
        except httpx.TransportError:
            return False

    wait_for(lambda: "does not recover and ends this worker" in server.log_path.read_text())
    wait_for(is_back, what="a worker in its place")
