"""PostgreSQL gone for a while: both doors say so at once, and are back when it is."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, READY
from tests.contract.refusals import assert_refused
from tests.rig.backends import Backend
from tests.rig.server import Server, running
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow]

KNOWN_SECONDS = 1.5  # cached reads go on for one second
REFUSED_SECONDS = 1.0  # a port that refuses is told within half a second, before it is known too
AT_ONCE_SECONDS = 1.0
# A pool that doubles its pause tries about 1, 3, 7, 15 and 31 s after the loss, a tenth sooner or
# later: the server comes back after the fifth try, and all is well long before the sixth.
OUTAGE_SECONDS = 17.0
RECOVERED_SECONDS = 27.0
CACHED = "/api/v1/agents/cached"

Ask = Callable[[httpx.Client], httpx.Response]
CALLS: dict[str, Ask] = {
    "cached": lambda client: client.get(CACHED),
    "miss": lambda client: client.get("/api/v1/agents/miss"),
    "no-cache": lambda client: client.get(CACHED, headers=FROM_THE_DATABASE),
    "list": lambda client: client.get("/api/v1/agents"),
    "patch": lambda client: client.patch(CACHED, json={}),
    "lock": lambda client: client.post(
        "/api/v1/locks", json={"kind": "agent", "id": "a", "owner": "o"}
    ),
}


@pytest.fixture
def doors(mistreated_postgres: Backend) -> Iterator[list[httpx.Client]]:
    """One instance behind the fast lane and one behind Django alone, and what they have cached."""
    servers = [
        Server(mistreated_postgres, mistreated_postgres.directory, LIGHTNING_FAST_LANE=lane)
        for lane in "10"
    ]
    with running(*servers):
        clients = [server.client_as("agent") for server in servers]
        clients[0].put(CACHED, json=READY)
        for client in clients:
            client.get(CACHED)
        yield clients


def write_until_refused(client: httpx.Client, name: str) -> list[str]:
    """The ids of the agents whose creation was acknowledged, the last ones."""
    acknowledged = []
    while True:
        state_id = f"{name}-{len(acknowledged)}"
        answer = client.put(f"/api/v1/agents/{state_id}", json=READY)
        if answer.status_code != 201:
            assert answer.status_code == 503, answer.text
            return acknowledged[-500:]
        acknowledged.append(state_id)


def assert_unavailable(client: httpx.Client, call: str, within_seconds: float) -> None:
    began = time.monotonic()
    answer = CALLS[call](client)
    took = time.monotonic() - began
    assert answer.status_code == 503, call
    assert_refused(answer, 503, "database_unavailable")
    assert took < within_seconds, call


def assert_unhealthy(client: httpx.Client) -> None:
    began = time.monotonic()
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
    assert time.monotonic() - began < AT_ONCE_SECONDS


def reads_and_writes(client: httpx.Client) -> bool:
    return all(CALLS[call](client).is_success for call in ("cached", "patch"))


def is_healthy(client: httpx.Client) -> bool:
    return bool(client.get("/health").json()["status"] == "healthy")


def test_an_outage_is_told_at_once_and_ends_with_it(
    mistreated_postgres: Backend, doors: list[httpx.Client]
) -> None:
    postgres = mistreated_postgres.postgres
    assert postgres is not None
    with ThreadPoolExecutor(len(doors)) as pool:
        writers = [
            pool.submit(write_until_refused, client, f"writer-{number}")
            for number, client in enumerate(doors)
        ]
        wait_for(lambda: doors[1].get("/api/v1/agents/writer-1-20").is_success, what="writes")
        postgres.kill()
        lost = time.monotonic()
        try:
            for client in doors:
                assert_unavailable(client, "patch", within_seconds=REFUSED_SECONDS)
            acknowledged = [name for writer in writers for name in writer.result(30)]
            wait_for(lambda: time.monotonic() - lost > KNOWN_SECONDS, what="the loss known")
            for client in doors:
                for call in CALLS:
                    assert_unavailable(client, call, within_seconds=AT_ONCE_SECONDS)
                assert_unhealthy(client)
            wait_for(lambda: time.monotonic() - lost > OUTAGE_SECONDS, what="the outage's length")
        finally:
            postgres.start()
    for client in doors:
        wait_for(
            partial(reads_and_writes, client),
            timeout_seconds=lost + RECOVERED_SECONDS - time.monotonic(),
            what="reads and writes after the outage",
        )
        wait_for(partial(is_healthy, client), what="every loop after the outage")
        body = {"ids": acknowledged}
        found = client.post("/api/v1/agents/batch-get", json=body, headers=FROM_THE_DATABASE)
        assert found.json()["missing"] == []
