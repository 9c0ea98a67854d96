"""§4: somebody else holds up the database; the queue stays fair, and nobody else pays for it."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, READY
from tests.contract.leases import LOCKS, acquire, release, wish
from tests.contract.lock_waiters import Waiters, lease_of
from tests.contract.refusals import assert_refused
from tests.rig.backends import Backend
from tests.rig.server import Server
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults

Servers = tuple[Server, Server]


@pytest.fixture
def two_on_postgres(two_servers: Servers) -> Servers:
    if two_servers[0].backend.name != "postgres" or two_servers[0].backend.redis_url:
        pytest.skip("of rows locked on PostgreSQL; Redis has no part in it")
    return two_servers


@pytest.fixture
def two_on_sqlite(two_servers: Servers) -> Servers:
    if two_servers[0].backend.name != "sqlite":
        pytest.skip("of SQLite's one write lock")
    return two_servers


@pytest.fixture
def path(new_id: Callable[[str], str]) -> str:
    return f"/api/v1/agents/{new_id('agent')}"


@pytest.fixture
def kept(new_id: Callable[[str], str]) -> str:
    """Another state, whose row is kept by somebody else."""
    return f"/api/v1/agents/{new_id('kept')}"


@contextmanager
def row_kept(server: Server, path: str) -> Iterator[float]:
    """Another transaction keeps the state's row; since when."""
    client = server.client_as("agent")
    release(client, acquire(client, path))
    with psycopg.connect(server.backend.database_url) as session:
        session.execute(
            "select 1 from state_agentstate where id = %s for update", [wish(path)["id"]]
        )
        yield time.monotonic()


@contextmanager
def write_lock_kept(backend: Backend) -> Iterator[float]:
    """Another process keeps SQLite's write lock; since when."""
    file = backend.database_url.removeprefix("sqlite:///")
    session = sqlite3.connect(file, timeout=20, isolation_level=None)
    try:
        session.execute("begin immediate")
        yield time.monotonic()
        session.execute("rollback")
    finally:
        session.close()


def until(moment: float) -> None:
    wait_for(lambda: time.monotonic() >= moment, what="the moment")


def test_a_kept_row_lets_nobody_barge(
    two_on_postgres: Servers, waiters: Waiters, path: str, kept: str
) -> None:
    here, there = two_on_postgres
    barging = there.client_as("agent")
    with row_kept(here, kept) as since:
        acquire(barging, path, ttlSeconds=1.8)
        waiting = waiters.wait(here, path, "patient")
        hanging = [waiters.ask(here, kept, "hangs", ttlSeconds=1) for _ in range(8)]
        while time.monotonic() < since + 2.2:
            answer = barging.post(LOCKS, json=wish(path, "barging"))
            assert answer.status_code == 409, answer.text
    assert lease_of(waiting)["owner"] == "patient"
    assert sorted(one.result(40)[0].status_code for one in hanging) == [201] + [409] * 7


def test_a_kept_row_holds_up_no_other_call(
    two_on_postgres: Servers, waiters: Waiters, path: str, kept: str
) -> None:
    here = two_on_postgres[0]
    client = here.client_as("agent")
    client.put(path, json=READY)
    with row_kept(here, kept):
        hanging = [waiters.ask(here, kept, "hangs", ttlSeconds=1) for _ in range(8)]
        until(time.monotonic() + 0.3)
        started = time.monotonic()
        assert client.get(path, headers=FROM_THE_DATABASE).status_code == 200
        assert client.get(f"{path}/history").status_code == 200
        assert client.get(LOCKS, params={"id": wish(path)["id"]}).status_code == 200
        assert time.monotonic() - started < 1
        assert not any(one.done() for one in hanging)


def test_a_kept_row_holds_up_no_other_holder(
    two_on_postgres: Servers, waiters: Waiters, path: str, kept: str
) -> None:
    here = two_on_postgres[0]
    client = here.client_as("agent")
    lease = acquire(client, path)
    token = {"Lock-Token": lease["token"]}
    with row_kept(here, kept):
        hanging = [waiters.ask(here, kept, "hangs", ttlSeconds=1) for _ in range(8)]
        until(time.monotonic() + 0.3)
        started = time.monotonic()
        renewed = client.patch(f"{LOCKS}/{lease['lockId']}", json={"ttlSeconds": 9}, headers=token)
        assert renewed.status_code == 200, renewed.text
        release(client, lease)
        assert time.monotonic() - started < 1
        assert not any(one.done() for one in hanging)


def test_who_does_not_wait_is_told_that_the_row_is_kept_and_who_waits_outlasts_it(
    two_on_postgres: Servers, waiters: Waiters, kept: str
) -> None:
    here, there = two_on_postgres
    with row_kept(here, kept):
        patient = waiters.ask(here, kept, "patient", waitSeconds=20)
        answer, _ = waiters.ask(there, kept, "in a hurry").result(10)
        assert_refused(answer, 503, "overloaded")
        assert answer.headers["Retry-After"]
    assert lease_of(patient)["owner"] == "patient"


def test_a_kept_write_lock_lets_nobody_barge(
    two_on_sqlite: Servers, waiters: Waiters, path: str
) -> None:
    """Nobody can write that it still waits; who asks next may get the write lock first."""
    here, there = two_on_sqlite
    acquire(there.client_as("agent"), path, ttlSeconds=1)
    waiting = waiters.wait(here, path, "patient")
    with write_lock_kept(here.backend) as since:
        until(since + 1.5)
        barging = [waiters.ask(there, path, "barging") for _ in range(6)]
        until(since + 2.5)
    for one in barging:
        assert_refused(one.result(40)[0], 409, "lock_unavailable")
    assert lease_of(waiting)["owner"] == "patient"
