"""§4: what a lock means to the writes of its state."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.bodies import (
    CREATE_ONLY,
    FROM_THE_DATABASE,
    READY,
    RESEARCH,
    WHATEVER_IS_THERE,
    Body,
    fact,
    if_match,
)
from tests.contract.conftest import Create, NewPath
from tests.contract.leases import acquire, holding, listed, release
from tests.contract.refusals import assert_refused
from tests.rig.server import Server
from tests.rig.waiting import wait_for

Write = Callable[[httpx.Client, str, dict[str, str]], httpx.Response]

WRITES: dict[str, Write] = {
    "PUT": lambda client, path, headers: client.put(
        path, json=RESEARCH, headers=WHATEVER_IS_THERE | headers
    ),
    "PATCH": lambda client, path, headers: client.patch(
        path, json={"query": "another"}, headers=headers
    ),
    "DELETE": lambda client, path, headers: client.delete(
        path, headers=WHATEVER_IS_THERE | headers
    ),
    "facts": lambda client, path, headers: client.post(
        f"{path}/facts", json={"facts": [fact(1)]}, headers=headers
    ),
    "restore": lambda client, path, headers: client.post(
        f"{path}/restore", json={"version": 1}, headers=WHATEVER_IS_THERE | headers
    ),
}


@pytest.fixture(scope="session")
def operator(server: Server) -> httpx.Client:
    """May do every one of the writes."""
    return server.client_as("operator")


@pytest.fixture(params=WRITES)
def write(request: pytest.FixtureRequest) -> Write:
    return WRITES[request.param]


def version_of(client: httpx.Client, path: str) -> int:
    version: int = client.get(path, headers=FROM_THE_DATABASE).json()["version"]
    return version


def test_a_write_without_the_token_is_locked_out(
    operator: httpx.Client, research: str, write: Write
) -> None:
    acquire(operator, research)
    assert_refused(write(operator, research, {}), 423, "locked")
    assert version_of(operator, research) == 1


def test_a_write_with_the_token_passes(operator: httpx.Client, research: str, write: Write) -> None:
    lease = acquire(operator, research)
    assert write(operator, research, holding(lease)).status_code in (200, 204)
    assert [one["lockId"] for one in listed(operator, research)] == [lease["lockId"]]


def test_a_wrong_token_is_lost(operator: httpx.Client, research: str, write: Write) -> None:
    acquire(operator, research)
    assert_refused(write(operator, research, {"Lock-Token": "wrong"}), 409, "lock_lost")
    assert version_of(operator, research) == 1


def test_a_token_is_lost_when_nobody_holds_the_lock(
    operator: httpx.Client, research: str, write: Write
) -> None:
    answer = write(operator, research, {"Lock-Token": "of no lock"})
    assert_refused(answer, 409, "lock_lost")


def test_a_released_token_is_lost(operator: httpx.Client, research: str, write: Write) -> None:
    lease = acquire(operator, research)
    release(operator, lease)
    assert_refused(write(operator, research, holding(lease)), 409, "lock_lost")


def test_a_superseded_token_is_lost(operator: httpx.Client, research: str, write: Write) -> None:
    old = acquire(operator, research)
    release(operator, old)
    acquire(operator, research)
    assert_refused(write(operator, research, holding(old)), 409, "lock_lost")


def test_an_expired_token_is_lost_and_the_state_is_free(client: httpx.Client, agent: str) -> None:
    lease = acquire(client, agent, ttlSeconds=1)
    wait_for(lambda: not listed(client, agent), what="the lock expiring")
    answer = client.patch(agent, json={}, headers=holding(lease))
    assert_refused(answer, 409, "lock_lost")
    assert client.patch(agent, json={}).json()["version"] == 2


def test_a_locked_state_that_is_not_there_is_created_by_the_holder_alone(
    client: httpx.Client, new_path: NewPath
) -> None:
    path = new_path("agents")
    lease = acquire(client, path)
    assert_refused(client.put(path, json=READY, headers=CREATE_ONLY), 423, "locked")
    answer = client.put(path, json=READY, headers=CREATE_ONLY | holding(lease))
    assert (answer.status_code, answer.json()["version"]) == (201, 1)


def test_a_lock_outlives_the_state(client: httpx.Client, agent: str) -> None:
    lease = acquire(client, agent)
    deleted = client.delete(agent, headers=if_match(1) | holding(lease))
    assert deleted.status_code == 204
    assert_refused(client.put(agent, json=READY), 423, "locked")
    assert client.put(agent, json=READY, headers=holding(lease)).json()["version"] == 3


def test_reads_are_not_locked_out(client: httpx.Client, agent: str) -> None:
    acquire(client, agent)
    for headers in ({}, FROM_THE_DATABASE):
        assert client.get(agent, headers=headers).status_code == 200


def test_a_lock_comes_before_the_version(client: httpx.Client, agent: str) -> None:
    acquire(client, agent)
    answer = client.put(agent, json=READY, headers=if_match(99))
    assert_refused(answer, 423, "locked")


def test_a_missing_precondition_comes_before_the_lock(client: httpx.Client, agent: str) -> None:
    acquire(client, agent)
    assert_refused(client.put(agent, json=READY), 428, "precondition_required")


def batch(client: httpx.Client, items: list[Body], **members: Any) -> httpx.Response:
    return client.post("/api/v1/agents/batch-set", json={"items": items, **members})


def test_batch_items_are_locked_out_one_by_one(client: httpx.Client, create: Create) -> None:
    mine, others, free = (create("agents") for _ in range(3))
    lease = acquire(client, mine)
    acquire(client, others, "somebody else")
    items = [{"id": path.rpartition("/")[2], "patch": {}} for path in (mine, others, free)]
    items[0]["lockToken"] = lease["token"]
    results = batch(client, items).json()["results"]
    assert [result["status"] for result in results] == [200, 423, 200]
    assert results[1]["error"]["code"] == "locked"


def test_a_lost_token_fails_its_batch_item_alone(client: httpx.Client, create: Create) -> None:
    one, other = create("agents"), create("agents")
    lost = acquire(client, one)
    release(client, lost)
    items = [
        {"id": one.rpartition("/")[2], "patch": {}, "lockToken": lost["token"]},
        {"id": other.rpartition("/")[2], "patch": {}},
    ]
    results = batch(client, items).json()["results"]
    assert [result["status"] for result in results] == [409, 200]
    assert results[0]["error"]["code"] == "lock_lost"


def test_a_locked_item_fails_an_atomic_batch(client: httpx.Client, create: Create) -> None:
    locked, free = create("agents"), create("agents")
    acquire(client, locked)
    items = [{"id": path.rpartition("/")[2], "patch": {}} for path in (free, locked)]
    answer = batch(client, items, atomic=True)
    assert_refused(answer, 409, "batch_rejected")
    assert [result["status"] for result in answer.json()["results"]] == [424, 423]
    assert version_of(client, free) == 1
