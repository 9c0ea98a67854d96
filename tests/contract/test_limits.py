"""The instance protects itself, and grows and shrinks by its load (contract §8)."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import httpx
import psycopg
import pytest

from tests.conftest import FreshServer
from tests.contract.bodies import FROM_THE_DATABASE
from tests.contract.processes import worker_pids
from tests.contract.scraping import scrape, value
from tests.rig.backends import Backends
from tests.rig.server import Server, running
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.one_place

AGENT = {"agentType": "a", "status": "Ready"}


@pytest.mark.soak  # a load run: what is load depends on what else the machine does
def test_a_load_step_starts_a_worker_and_ends_it_again(fresh_server: FreshServer) -> None:
    """Thresholds far below the usual, so that any load on any machine is a step."""
    server: Server = fresh_server(
        LIGHTNING_MAX_INSTANCES="2",
        LIGHTNING_SCALE_UP_PERCENT="30",
        LIGHTNING_SCALE_DOWN_PERCENT="29",
        LIGHTNING_SCALE_COOLDOWN_SECONDS="1",
    )
    viewer = server.client_as("viewer")

    def decisions() -> list[tuple[int, int]]:
        (instance,) = viewer.get("/api/v1/instances").json()["items"]
        return [(one["from"], one["to"]) for one in instance["scaling"]]

    stop, failures, answers = threading.Event(), [], []

    def load() -> None:
        with server.client_as("agent") as client:
            while not stop.is_set():
                answer = client.get("/api/v1/agents", params={"limit": 1})
                (answers if answer.status_code == 200 else failures).append(answer.status_code)

    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(load) for _ in range(6)]
        try:
            wait_for(
                lambda: (1, 2) in decisions() and len(worker_pids(server)) == 2,
                timeout_seconds=240,
                what="a second worker",
            )
        finally:
            stop.set()
        for one in running:
            one.result()
    wait_for(
        lambda: (2, 1) in decisions() and len(worker_pids(server)) == 1,
        timeout_seconds=240,
        poll_seconds=1.0,  # asking is a load, too
        what="one worker again",
    )
    assert failures == []
    assert len(answers) > 50


@contextmanager
def nobody_writes(server: Server) -> Iterator[None]:
    """Keeps the table of agents, as somebody's long transaction would."""
    url = server.backend.environment()["DATABASE_URL"]
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute("begin immediate")
            yield
            connection.rollback()
    else:
        with psycopg.connect(url) as kept:
            kept.execute("lock table state_agentstate in exclusive mode")
            yield
            kept.rollback()


def test_what_is_refused_never_appears(
    fresh_server: FreshServer, new_id: Callable[[str], str]
) -> None:
    """One slot, a queue of two, and a table that nobody may write."""
    server: Server = fresh_server(
        LIGHTNING_MAX_CONCURRENT_TASKS="1",
        LIGHTNING_MAX_QUEUE="2",
        LIGHTNING_TASK_TIMEOUT_SECONDS="3",
    )
    client = server.client_as("agent")
    assert client.put("/api/v1/agents/before", json=AGENT).status_code == 201
    paths = [f"/api/v1/agents/{new_id('agent')}" for _ in range(10)]

    def write(path: str) -> httpx.Response:
        with server.client_as("agent") as own:
            return own.put(path, json=AGENT)

    with nobody_writes(server), ThreadPoolExecutor(len(paths)) as pool:
        writes = [pool.submit(write, path) for path in paths]
        wait_for(lambda: any(one.done() for one in writes), what="a refusal")
        health = server.client().get("/health")
        assert health.status_code == 200
        answers = [one.result() for one in writes]
    codes = [answer.json()["code"] for answer in answers]
    assert set(codes) == {"overloaded", "timeout"}
    for answer in answers:
        expected = 503 if answer.json()["code"] == "overloaded" else 504
        assert answer.status_code == expected
        assert ("Retry-After" in answer.headers) is (expected == 503)
    wait_for(
        lambda: client.put("/api/v1/agents/after", json=AGENT).status_code in (200, 201, 428),
        what="a write that goes through again",
    )
    unknown = [
        path
        for path, answer in zip(paths, answers, strict=True)
        if answer.json().get("outcome") == "unknown"
    ]
    landed = [path for path in paths if client.get(path).status_code == 200]
    assert set(landed) <= set(unknown)


@contextmanager
def nobody_reads(server: Server) -> Iterator[None]:
    """Keeps the table of agents from its readers, too (PostgreSQL)."""
    with psycopg.connect(server.backend.environment()["DATABASE_URL"]) as kept:
        kept.execute("lock table state_agentstate in access exclusive mode")
        yield
        kept.rollback()


def test_the_21st_slow_operation_waits_and_who_needs_no_slot_does_not(backends: Backends) -> None:
    backend = backends.fresh("postgres")
    with running(Server(backend, backend.directory)) as (server,):
        viewer, operator = server.client_as("viewer"), server.client_as("operator")
        assert operator.put("/api/v1/agents/a", json=AGENT).status_code == 201

        def read(number: int) -> int:
            with server.client_as("agent") as own:
                return own.get("/api/v1/agents/a", headers=FROM_THE_DATABASE).status_code

        with ThreadPoolExecutor(21) as pool:
            with nobody_reads(server):
                reads = [pool.submit(read, number) for number in range(21)]
                wait_for(
                    lambda: (
                        value(text := scrape(viewer), "lightning_operations_executing") == 20
                        and value(text, "lightning_queue_depth") == 1
                    ),
                    what="20 that execute and one that waits",
                )
                assert server.client().get("/health").status_code == 200
                assert operator.get("/api/v1/summary").status_code == 200
                assert not any(one.done() for one in reads)
            assert [one.result(60) for one in reads] == [200] * 21
