"""§2: many writers of one state lose no update, over one instance and over two."""

import time
from collections.abc import Callable
from functools import partial

import httpx
import pytest

from tests.concurrency.crowd import all_at_once
from tests.rig.server import Server

READY = {"agentType": "Counter", "status": "Ready"}
FRESH = {"Cache-Control": "no-cache"}
WRITERS = 32
PATIENCE_SECONDS = 200.0


def clients_of(servers: tuple[Server, ...], count: int) -> list[httpx.Client]:
    """So many connections, taking turns among the servers."""
    return [servers[number % len(servers)].client_as("agent") for number in range(count)]


def increments(client: httpx.Client, path: str, wanted: int) -> list[int]:
    """Read, add one, put, until ``wanted`` attempts succeeded: the versions they made."""
    made: list[int] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(made) < wanted:
        assert time.monotonic() < deadline, f"only {len(made)} of {wanted} writes succeeded"
        read = client.get(path)
        state = read.json()
        state["properties"]["counter"] += 1
        answer = client.put(path, json=state, headers={"If-Match": read.headers["ETag"]})
        assert answer.status_code in {200, 412}, answer.text
        if answer.status_code == 200:
            made.append(answer.json()["version"])
    return made


@pytest.mark.parametrize("instances", [1, 2])
def test_a_counter_equals_the_number_of_200s(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str], instances: int
) -> None:
    clients = clients_of(two_servers[:instances], WRITERS)
    path = f"/api/v1/agents/{new_id('counter')}"
    clients[0].put(path, json={**READY, "properties": {"counter": 0}})
    made = all_at_once([partial(increments, client, path, 2) for client in clients])
    versions = sorted(version for versions in made for version in versions)
    assert versions == list(range(2, 2 * WRITERS + 2))
    state = clients[0].get(path, headers=FRESH).json()
    assert state["properties"]["counter"] == len(versions)
    assert state["version"] == versions[-1]


def test_the_history_has_no_gap(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    clients = clients_of(two_servers, 8)
    path = f"/api/v1/agents/{new_id('history')}"
    clients[0].put(path, json={**READY, "properties": {"counter": 0}})
    made = all_at_once([partial(increments, client, path, 2) for client in clients])
    count = 1 + sum(len(versions) for versions in made)
    items = clients[0].get(f"{path}/history", params={"limit": 500}).json()["items"]
    assert [item["version"] for item in items] == list(range(count, 0, -1))
    counted = [item["newValues"]["properties"]["counter"] for item in items]
    assert counted == list(range(count - 1, -1, -1))


def test_patches_of_different_fields_all_survive(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    clients = clients_of(two_servers, 16)
    path = f"/api/v1/agents/{new_id('patched')}"
    clients[0].put(path, json=READY)

    def patches(number: int) -> None:
        for step in range(5):
            patch = {"properties": {f"w{number}.{step}": step, f"last{number}": step}}
            answer = clients[number].patch(path, json=patch)
            assert answer.status_code == 200, answer.text

    all_at_once([partial(patches, number) for number in range(16)])
    state = clients[0].get(path, headers=FRESH).json()
    assert state["version"] == 1 + 16 * 5
    expected = {f"w{number}.{step}": step for number in range(16) for step in range(5)}
    expected |= {f"last{number}": 4 for number in range(16)}
    assert state["properties"] == expected


def test_appended_facts_all_survive(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    clients = clients_of(two_servers, 8)
    path = f"/api/v1/research/{new_id('facts')}"
    clients[0].put(path, json={"query": "q"})

    def appends(number: int) -> None:
        for step in range(5):
            facts = [{"id": f"{number}.{step}", "content": "own"}, {"content": f"shared {step}"}]
            answer = clients[number].post(f"{path}/facts", json={"facts": facts})
            assert answer.status_code == 200, answer.text

    all_at_once([partial(appends, number) for number in range(8)])
    state = clients[0].get(path, headers=FRESH).json()
    assert state["factCount"] == len(state["extractedFacts"]) == 8 * 5 + 5
    assert len({fact["id"] for fact in state["extractedFacts"]}) == 45


def create(client: httpx.Client, path: str, number: int) -> httpx.Response:
    body = {**READY, "properties": {"winner": number}}
    return client.put(path, json=body, headers={"If-None-Match": "*"})


def test_of_many_creates_exactly_one_succeeds(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    clients = clients_of(two_servers, 16)
    for _ in range(5):
        path = f"/api/v1/agents/{new_id('race')}"

        answers = all_at_once(
            [partial(create, client, path, number) for number, client in enumerate(clients)]
        )
        assert sorted(answer.status_code for answer in answers) == [201] + [412] * 15
        [winner] = [number for number, one in enumerate(answers) if one.status_code == 201]
        state = clients[0].get(path, headers=FRESH).json()
        assert (state["version"], state["properties"]["winner"]) == (1, winner)
