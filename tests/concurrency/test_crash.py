"""§2: acknowledged means durable: SIGKILL in the middle of writes loses none of them."""

from collections.abc import Callable
from functools import partial

import httpx
import pytest

from tests.concurrency.crowd import all_at_once
from tests.contract.watching import cursor_now, events_after
from tests.rig.server import FreshServer, Server

WRITERS = 8
ENOUGH = 120
READY = {"agentType": "Crash", "status": "Ready"}
Acknowledged = dict[str, list[int]]


def write_until_it_dies(
    client: httpx.Client, number: int, acknowledged: Acknowledged, tell: Callable[[], None]
) -> None:
    """Creates and patches states of its own, noting every answer, until the server is gone."""
    count = 0
    while True:
        state_id = f"crash-{number}-{count // 5}"
        path = f"/api/v1/agents/{state_id}"
        try:
            if count % 5 == 0:
                answer = client.put(path, json=READY)
            else:
                answer = client.patch(path, json={"properties": {"n": count}})
        except httpx.TransportError:
            return
        assert answer.status_code in {200, 201}, answer.text
        acknowledged.setdefault(state_id, []).append(answer.json()["version"])
        count += 1
        tell()


def kill_while_writing(server: Server) -> Acknowledged:
    """What was acknowledged before the server died among its writers."""
    acknowledged: Acknowledged = {}
    count = [0]

    def tell() -> None:
        count[0] += 1
        if count[0] == ENOUGH:
            server.kill()

    clients = [server.client_as("agent") for _ in range(WRITERS)]
    all_at_once(
        [
            partial(write_until_it_dies, client, number, acknowledged, tell)
            for number, client in enumerate(clients)
        ]
    )
    return acknowledged


@pytest.mark.faults
def test_a_crash_loses_no_acknowledged_write_no_event_and_no_replay(
    fresh_server: FreshServer,
) -> None:
    doomed = fresh_server()
    other = fresh_server(on=doomed.backend).client_as("agent")
    path, key = "/api/v1/agents/retried", {"Idempotency-Key": "before-the-crash"}
    first = doomed.client_as("agent").put(path, json=READY, headers=key)
    cursor = cursor_now(other)
    acknowledged = kill_while_writing(doomed)
    total = sum(len(versions) for versions in acknowledged.values())
    assert total >= ENOUGH, "too few writes for the test to say anything"

    # The other instance goes on, and sees everything.
    expected = {(one, v) for one, versions in acknowledged.items() for v in versions}
    seen = {(e["id"], e["version"]) for e in events_after(other, cursor, len(expected))}
    assert expected <= seen
    assert other.put("/api/v1/agents/after", json=READY).status_code == 201

    # So does this one, with its history rows, when it is back.
    client = doomed.restart().client_as("agent")
    for state_id, versions in acknowledged.items():
        state = client.get(f"/api/v1/agents/{state_id}").json()
        items = client.get(f"/api/v1/agents/{state_id}/history").json()["items"]
        # One more may have landed whose answer was lost with the server.
        assert state["version"] in {versions[-1], versions[-1] + 1}
        assert [item["version"] for item in items] == list(range(state["version"], 0, -1))
    summary = client.get("/api/v1/summary").json()["agents"]
    listed = client.get("/api/v1/agents", params={"limit": 500}).json()["items"]
    assert summary["total"] == len(listed)

    again = client.put(path, json=READY, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert client.get(path).json()["version"] == 1
