"""§4: somebody else holds up the database; the queue stays fair, and nobody else pays for it."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager

import psycopg
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, READY
from tests.contract.conftest import NewPath
from tests.contract.leases import LOCKS, acquire, holding, path_of, release, wish
from tests.contract.lock_waiters import Waiters, lease_of
from tests.contract.refusals import assert_refused
from tests.patience import attempts
from tests.rig.backends import Backend
from tests.rig.database import query
from tests.rig.server import Server
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults

Servers = tuple[Server, Server]

# Who asks for a row that is kept is given up after 3 s: a little before, it surely hangs.
HANGS_SECONDS = 2.7
# A waiter who gave no sign for 1.2 s is asked for another one, and is dead when none comes in time.
SECOND_LOOK_SECONDS = 0.5


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


def sign_of_life(backend: Backend, path: str) -> object:
    """When the waiter for a state was last seen; None when there is none."""
    rows = query(
        backend, "select seen_at from state_lockwaiter where state_id = %s", [wish(path)["id"]]
    )
    return rows[0][0] if rows else None


def test_a_kept_row_lets_nobody_barge(
    two_on_postgres: Servers, waiters: Waiters, new_path: NewPath
) -> None:
    here, there = two_on_postgres
    barging = there.client_as("agent")

    def stood_still() -> bool:
        path, kept = new_path("agents"), new_path("agents")
        was_silent = False
        with row_kept(here, kept) as since:
            acquire(barging, path, ttlSeconds=1.8)
            expires = time.monotonic() + 1.8
            waiting = waiters.wait(here, path, "patient")
            hanging = [waiters.ask(here, kept, "hangs", ttlSeconds=60) for _ in range(8)]
            while time.monotonic() < expires + 0.4 and not was_silent:
                asked = time.monotonic()
                answer = barging.post(LOCKS, json=wish(path, "barging", ttlSeconds=1))
                was_silent = (
                    answer.status_code == 201 and time.monotonic() - asked >= SECOND_LOOK_SECONDS
                )
                assert was_silent or answer.status_code == 409, answer.text
        kept_seconds = time.monotonic() - since
        assert lease_of(waiting)["owner"] == "patient"
        statuses = sorted(one.result(40)[0].status_code for one in hanging)
        if was_silent or kept_seconds > HANGS_SECONDS:
            return True
        assert statuses == [201] + [409] * 7
        return False

    for _ in attempts("nobody standing still"):
        if not stood_still():
            return


@contextmanager
def eight_hanging(server: Server, waiters: Waiters, kept: str) -> Iterator[Callable[[], bool]]:
    """Eight calls hang on a row that is kept. Whether they still do: False when the machine stood
    still for so long that they were given up.
    """
    with row_kept(server, kept) as since:
        hanging = [waiters.ask(server, kept, "hangs", ttlSeconds=60) for _ in range(8)]
        until(time.monotonic() + 0.3)

        def hang_still() -> bool:
            if not any(one.done() for one in hanging):
                return True
            assert time.monotonic() - since > HANGS_SECONDS, "a call on a kept row was answered"
            return False

        yield hang_still
    wait(hanging)


def test_a_kept_row_holds_up_no_other_call(
    two_on_postgres: Servers, waiters: Waiters, new_path: NewPath
) -> None:
    here, path = two_on_postgres[0], new_path("agents")
    client = here.client_as("agent")
    client.put(path, json=READY)
    for _ in attempts("an answer while eight others hang"):
        with eight_hanging(here, waiters, new_path("agents")) as hang_still:
            assert client.get(path, headers=FROM_THE_DATABASE).status_code == 200
            assert client.get(f"{path}/history").status_code == 200
            assert client.get(LOCKS, params={"id": wish(path)["id"]}).status_code == 200
            if hang_still():
                return


def test_a_kept_row_holds_up_no_other_holder(
    two_on_postgres: Servers, waiters: Waiters, new_path: NewPath
) -> None:
    here, path = two_on_postgres[0], new_path("agents")
    client = here.client_as("agent")
    for _ in attempts("an answer while eight others hang"):
        lease = acquire(client, path)
        with eight_hanging(here, waiters, new_path("agents")) as hang_still:
            renewed = client.patch(path_of(lease), json={"ttlSeconds": 30}, headers=holding(lease))
            assert renewed.status_code == 200, renewed.text
            release(client, lease)
            if hang_still():
                return


def test_who_does_not_wait_is_told_that_the_row_is_kept_and_who_waits_outlasts_it(
    two_on_postgres: Servers, waiters: Waiters, new_path: NewPath
) -> None:
    here, there = two_on_postgres
    kept = new_path("agents")
    with row_kept(here, kept):
        patient = waiters.ask(here, kept, "patient", waitSeconds=20)
        answer, _ = waiters.ask(there, kept, "in a hurry").result(40)
        assert_refused(answer, 503, "overloaded")
        assert answer.headers["Retry-After"]
    assert lease_of(patient)["owner"] == "patient"


def test_a_kept_write_lock_lets_nobody_barge(
    two_on_sqlite: Servers, waiters: Waiters, new_path: NewPath
) -> None:
    """Nobody can write that it still waits; who asks next may get the write lock first."""
    here, there = two_on_sqlite

    def was_heard_in_time() -> bool:
        path = new_path("agents")
        acquire(there.client_as("agent"), path, ttlSeconds=1)
        waiting = waiters.wait(here, path, "patient")
        with write_lock_kept(here.backend) as since:
            until(since + 1.5)
            barging = [waiters.ask(there, path, "barging", ttlSeconds=1) for _ in range(6)]
            until(since + 2.5)
            last_sign = sign_of_life(here.backend, path)
            released = time.monotonic()
        if last_sign is None:
            return False  # it had the lock already: the first lease ran out before
        wait_for(lambda: sign_of_life(here.backend, path) != last_sign, what="a sign of life")
        in_time = time.monotonic() - released < SECOND_LOOK_SECONDS
        answers = [one.result(40)[0] for one in barging]
        assert lease_of(waiting)["owner"] == "patient"
        if in_time:
            for answer in answers:
                assert_refused(answer, 409, "lock_unavailable")
        return in_time

    for _ in attempts("a sign of life within half a second"):
        if was_heard_in_time():
            return
