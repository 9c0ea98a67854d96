"""§2: what one instance wrote, the other reads well under a second later, and never backwards."""

import statistics
import time
from collections.abc import Callable
from functools import partial

import httpx
import pytest

from tests.concurrency.crowd import all_at_once
from tests.rig.server import Server
from tests.rig.waiting import wait_for

READY = {"agentType": "Shared", "status": "Ready"}
BOUND_SECONDS = 1.0
USUAL_SECONDS = 0.4


@pytest.fixture
def pair(two_servers: tuple[Server, Server]) -> tuple[httpx.Client, httpx.Client]:
    """A client of each instance."""
    return two_servers[0].client_as("agent"), two_servers[1].client_as("agent")


def seconds_until(reader: httpx.Client, path: str, version: int) -> float:
    """How long after an acknowledged write the other instance's cached read shows it."""
    began = time.monotonic()
    wait_for(
        lambda: reader.get(path).json().get("version", 0) >= version,
        timeout_seconds=5,
        what=f"version {version} on the other instance",
    )
    return time.monotonic() - began


def test_a_change_is_read_on_the_other_instance(
    pair: tuple[httpx.Client, httpx.Client], new_id: Callable[[str], str]
) -> None:
    path = f"/api/v1/agents/{new_id('seen')}"
    pair[0].put(path, json=READY)
    seconds_until(pair[1], path, 1)
    delays = []
    for number in range(20):
        writer, reader = pair if number % 2 else pair[::-1]
        reader.get(path)
        version = writer.patch(path, json={"properties": {"n": number}}).json()["version"]
        delays.append(seconds_until(reader, path, version))
    assert max(delays) < BOUND_SECONDS, delays
    assert statistics.median(delays) < USUAL_SECONDS, delays


def test_a_create_is_found_where_the_id_was_known_to_be_missing(
    pair: tuple[httpx.Client, httpx.Client], new_id: Callable[[str], str]
) -> None:
    path = f"/api/v1/agents/{new_id('missing')}"
    for _ in range(3):
        assert pair[1].get(path).status_code == 404
    pair[0].put(path, json=READY)
    assert seconds_until(pair[1], path, 1) < BOUND_SECONDS


def test_a_delete_is_seen_on_the_other_instance(
    pair: tuple[httpx.Client, httpx.Client], new_id: Callable[[str], str]
) -> None:
    path = f"/api/v1/agents/{new_id('deleted')}"
    pair[0].put(path, json=READY)
    seconds_until(pair[1], path, 1)
    pair[0].delete(path, headers={"If-Match": "*"})
    wait_for(
        lambda: pair[1].get(path).status_code == 404,
        timeout_seconds=BOUND_SECONDS,
        what="the delete on the other instance",
    )


def test_no_cache_and_a_minimum_version_need_no_waiting(
    pair: tuple[httpx.Client, httpx.Client], new_id: Callable[[str], str]
) -> None:
    path = f"/api/v1/agents/{new_id('fresh')}"
    pair[0].put(path, json=READY)
    for number in range(2, 22):
        pair[1].get(path)
        pair[0].patch(path, json={})
        headers = (
            {"Cache-Control": "no-cache"} if number % 2 else {"Lightning-Min-Version": str(number)}
        )
        assert pair[1].get(path, headers=headers).json()["version"] == number


def test_a_version_never_goes_back_for_a_client_of_one_instance(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    path = f"/api/v1/agents/{new_id('forward')}"
    writers = [server.client_as("agent") for server in two_servers]
    readers = [two_servers[number % 2].client_as("viewer") for number in range(4)]
    writers[0].put(path, json=READY)

    def write(client: httpx.Client) -> int:
        versions = [int(client.patch(path, json={}).json()["version"]) for _ in range(60)]
        return versions[-1]

    def read(client: httpx.Client) -> int:
        versions = [int(client.get(path).json()["version"]) for _ in range(150)]
        assert versions == sorted(versions)
        return versions[-1]

    written = all_at_once(
        [
            *(partial(write, client) for client in writers),
            *(partial(read, client) for client in readers),
        ]
    )
    assert max(written[:2]) == 121


def test_many_misses_of_one_key_are_one_database_read(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    path = f"/api/v1/agents/{new_id('cold')}"
    clients = [two_servers[1].client_as("viewer") for _ in range(32)]

    def reads() -> int:
        instances = clients[0].get("/api/v1/cache").json()["instances"]
        count: int = sum(one["levels"]["L3"]["reads"] for one in instances)
        return count

    def settled() -> int | None:
        before = reads()
        return before if reads() == before else None

    before = wait_for(settled, what="no other reads")
    answers = all_at_once([partial(client.get, path) for client in clients])
    assert {answer.status_code for answer in answers} == {404}
    assert reads() - before == 1
