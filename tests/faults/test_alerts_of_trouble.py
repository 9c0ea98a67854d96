"""Trouble that is made opens an alert, and its end closes it (contract §9)."""

import os
import signal
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.contract.bodies import READY
from tests.contract.processes import worker_pids
from tests.rig.backends import Backends
from tests.rig.server import Server, running
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults

LOOK_SECONDS = 0.2


def open_rules(viewer: httpx.Client) -> set[str]:
    answer = viewer.get("/api/v1/alerts", params={"limit": 500})
    return {one["rule"] for one in answer.json()["items"]} if answer.status_code == 200 else set()


def wait_for_alert(viewer: httpx.Client, rule: str, *, is_open: bool) -> None:
    wait_for(
        lambda: (rule in open_rules(viewer)) is is_open,
        timeout_seconds=120,
        poll_seconds=LOOK_SECONDS,
        what=f"{rule} {'open' if is_open else 'closed'}",
    )


def test_redis_gone_is_an_alert_until_it_is_back(backends: Backends) -> None:
    backend = backends.fresh("postgres+redis")
    if backend.valkey is None:
        pytest.skip("TEST_REDIS_URL is somebody else's server: it is not killed")
    with running(Server(backend, backend.directory)) as (server,):
        viewer = server.client_as("viewer")
        wait_for(lambda: viewer.get("/health").json()["checks"]["redis"] == "ok", what="level 2")
        with backend.valkey.away():
            wait_for_alert(viewer, "redis_down", is_open=True)
        wait_for_alert(viewer, "redis_down", is_open=False)


class Writer:
    """Creates one agent after another, and remembers which were acknowledged."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self.acknowledged: list[str] = []

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def _write(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            path = f"/api/v1/agents/w{id(self)}-{number}"
            # A connection each, so that both workers are met; one that breaks told nothing.
            try:
                key = self._server.backend.keys["agent"]
                answer = httpx.put(
                    f"{self._server.url}{path}", json=READY, headers={"X-Api-Key": key}, timeout=30
                )
            except httpx.TransportError:
                continue
            if answer.status_code == 201:
                self.acknowledged.append(path)


@pytest.fixture
def two_workers(backends: Backends) -> Iterator[Server]:
    backend = backends.fresh("sqlite")
    server = Server(backend, backend.directory, LIGHTNING_MIN_INSTANCES="2")
    with running(server):
        yield server


def kill_one(server: Server) -> set[int]:
    """The workers that there were."""
    before = worker_pids(server)
    os.kill(min(before), signal.SIGKILL)
    wait_for(
        lambda: len(worker_pids(server) - before) == 1 and len(worker_pids(server)) == 2,
        timeout_seconds=60,
        what="another worker in its place",
    )
    return before


def test_a_killed_worker_loses_no_acknowledged_write_and_is_an_alert(two_workers: Server) -> None:
    with Writer(two_workers) as writer:
        wait_for(lambda: len(writer.acknowledged) > 30, what="writes")
        kill_one(two_workers)
        known = len(writer.acknowledged)
        wait_for(lambda: len(writer.acknowledged) > known + 30, what="writes after it")
    viewer = two_workers.client_as("viewer")
    wait_for_alert(viewer, "worker_lost", is_open=True)
    lost = [path for path in writer.acknowledged if viewer.get(path).status_code != 200]
    assert lost == []


@pytest.mark.soak  # a minute of nothing: an alert of a loss stays for as long
def test_the_loss_of_a_worker_is_over_after_a_minute(two_workers: Server) -> None:
    kill_one(two_workers)
    viewer = two_workers.client_as("viewer")
    wait_for_alert(viewer, "worker_lost", is_open=True)
    wait_for_alert(viewer, "worker_lost", is_open=False)
