"""§4: the fencing token of a state's lock only ever grows."""

from collections.abc import Callable

import httpx
import pytest

from tests.contract.bodies import READY, if_match
from tests.contract.conftest import NewPath
from tests.contract.leases import acquire, holding, listed, path_of, release
from tests.rig.server import FreshServer
from tests.rig.waiting import wait_for


def test_it_grows_with_every_acquisition(client: httpx.Client, new_path: NewPath) -> None:
    path = new_path("agents")
    tokens = []
    for _ in range(4):
        lease = acquire(client, path)
        tokens.append(lease["fencingToken"])
        release(client, lease)
    assert tokens == sorted(set(tokens))


def test_it_grows_across_expiry(client: httpx.Client, new_path: NewPath) -> None:
    path = new_path("agents")
    first = acquire(client, path, ttlSeconds=1)
    wait_for(lambda: not listed(client, path), what="the lock expiring")
    assert acquire(client, path)["fencingToken"] > first["fencingToken"]


def test_it_grows_across_a_forced_release(
    client: httpx.Client, client_as: Callable[[str], httpx.Client], new_path: NewPath
) -> None:
    path = new_path("agents")
    first = acquire(client, path)
    client_as("operator").delete(path_of(first), params={"force": "true"})
    assert acquire(client, path)["fencingToken"] > first["fencingToken"]


def test_it_grows_across_delete_and_re_creation(client: httpx.Client, agent: str) -> None:
    first = acquire(client, agent)
    assert client.delete(agent, headers=if_match(1) | holding(first)).status_code == 204
    release(client, first)
    second = acquire(client, agent)
    assert client.put(agent, json=READY, headers=holding(second)).status_code == 201
    release(client, second)
    third = acquire(client, agent)
    assert first["fencingToken"] < second["fencingToken"] < third["fencingToken"]


def test_a_renewal_keeps_it(client: httpx.Client, agent: str) -> None:
    lease = acquire(client, agent)
    renewed = client.patch(path_of(lease), json={"ttlSeconds": 9}, headers=holding(lease))
    assert renewed.json()["fencingToken"] == lease["fencingToken"]


@pytest.mark.faults
def test_lock_and_token_outlive_the_server(fresh_server: FreshServer) -> None:
    server = fresh_server()
    client = server.client_as("agent")
    path = "/api/v1/agents/fenced"
    first = acquire(client, path)
    release(client, first)
    held = acquire(client, path, ttlSeconds=600)
    server.kill()
    server.restart()
    assert client.put(path, json=READY).status_code == 423
    assert client.put(path, json=READY, headers=holding(held)).status_code == 201
    release(client, held)
    third = acquire(client, path)
    assert first["fencingToken"] < held["fencingToken"] < third["fencingToken"]
