"""A row that another transaction keeps holds up its own writes, and nobody else's."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from tests.contract.bodies import READY
from tests.contract.refusals import assert_refused
from tests.rig.backends import Backends
from tests.rig.server import Server, running
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults

OTHERS = 200
Put = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def postgres(backends: Backends) -> Iterator[Server]:
    backend = backends.fresh("postgres")
    with running(Server(backend, backend.directory)) as (server,):
        yield server


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


@contextmanager
def kept(server: Server, statement: str, state_id: str) -> Iterator[psycopg.Connection]:
    """Another transaction, which holds what its statement has locked or made."""
    with psycopg.connect(server.backend.database_url) as session:
        session.execute(statement.encode(), [state_id])
        yield session


LOCKED = "select 1 from state_agentstate where id = %s for update"
MADE = "insert into state_agentstate (id, version, live, fencing_token) values (%s, 0, false, 0)"


def path(state_id: str) -> str:
    return f"/api/v1/agents/{state_id}"


def test_others_go_on_while_a_row_is_kept_and_its_own_writes_follow(
    postgres: Server, threads: ThreadPoolExecutor, new_id: Callable[[str], str]
) -> None:
    client = postgres.client_as("agent")
    stuck = new_id("stuck")
    client.put(path(stuck), json=READY).raise_for_status()
    with kept(postgres, LOCKED, stuck) as session:
        held_up: list[Future[httpx.Response]] = [
            threads.submit(client.patch, path(stuck), json={"properties": {str(number): 1}})
            for number in range(5)
        ]
        for number in range(OTHERS):
            answer = client.put(path(new_id("free")), json=READY)
            assert answer.status_code == 201, number
            if any(one.done() for one in held_up):
                break  # the machine is so slow that their time was over
        else:
            number += 1
        assert number > 10
        session.rollback()
    answers = [one.result(30) for one in held_up]
    for answer in answers:
        assert answer.status_code == 200 or answer.json()["code"] == "overloaded"
    stored = client.get(path(stuck), headers={"Cache-Control": "no-cache"}).json()
    assert len(stored["properties"]) == sum(answer.status_code == 200 for answer in answers)


def test_a_kept_row_is_overloaded_in_the_end(
    postgres: Server, threads: ThreadPoolExecutor, new_id: Callable[[str], str]
) -> None:
    client = postgres.client_as("agent")
    stuck, free = new_id("stuck"), new_id("free")
    client.put(path(stuck), json=READY).raise_for_status()
    with kept(postgres, LOCKED, stuck):
        one = threads.submit(client.patch, path(stuck), json={})
        items = [{"id": stuck, "patch": {}}, {"id": free, "state": READY}]
        both = threads.submit(client.post, "/api/v1/agents/batch-set", json={"items": items})
        for answer in (one.result(30), both.result(30)):
            assert_refused(answer, 503, "overloaded")
            assert answer.headers["Retry-After"]
    assert client.get(path(free)).status_code == 404
    assert client.patch(path(stuck), json={}).status_code == 200


def test_a_row_that_somebody_makes_and_does_not_commit_holds_up_its_own_writes(
    postgres: Server, threads: ThreadPoolExecutor, new_id: Callable[[str], str]
) -> None:
    client = postgres.client_as("agent")
    made = new_id("made")
    known = new_id("known")
    client.put(path(known), json=READY).raise_for_status()
    with kept(postgres, MADE, made) as session:
        creating = threads.submit(client.put, path(made), json=READY)
        for _ in range(20):
            assert client.patch(path(known), json={}).status_code == 200
        session.rollback()
    answer = creating.result(30)
    assert answer.status_code == 201 or answer.json()["code"] == "overloaded"


def test_a_key_whose_first_request_waits_holds_up_its_retry_alone(
    postgres: Server, threads: ThreadPoolExecutor, new_id: Callable[[str], str]
) -> None:
    client = postgres.client_as("agent")
    stuck, key = new_id("stuck"), {"Idempotency-Key": new_id("key")}
    client.put(path(stuck), json=READY).raise_for_status()
    with kept(postgres, LOCKED, stuck) as session:
        twins = [
            threads.submit(client.patch, path(stuck), json={"status": "Paused"}, headers=key)
            for _ in range(2)
        ]
        assert client.put(path(new_id("free")), json=READY).status_code == 201
        wait_for(lambda: waits_for_a_row(postgres), what="a write that waits")
        session.rollback()
    answers = [one.result(30) for one in twins]
    stored = [answer for answer in answers if answer.status_code == 200]
    assert len({answer.json()["version"] for answer in stored}) <= 1
    version = client.get(path(stuck), headers={"Cache-Control": "no-cache"}).json()["version"]
    assert version == (2 if stored else 1)


def waits_for_a_row(server: Server) -> bool:
    with psycopg.connect(server.backend.database_url) as session:
        rows = session.execute(
            "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
            " and datname = current_database()"
        ).fetchall()
        return bool(rows)
