"""§13: all that match, over 5,000 agents: paused while agents write, and undone."""

import threading
import time
from typing import Any

import httpx
import pytest

from tests.rig.server import FreshServer, Server
from tests.rig.waiting import wait_for

AGENTS = 5_000
WRITERS = 4
PAUSED_SECONDS = 20


def create_fleet(client: httpx.Client) -> None:
    for start in range(0, AGENTS, 1000):
        items = [
            {
                "id": f"scale-{number:04}",
                "state": {
                    "agentType": "Scale",
                    "status": ("Ready", "Processing")[number % 2],
                    "properties": {"n": number},
                },
            }
            for number in range(start, start + 1000)
        ]
        answer = client.post("/api/v1/agents/batch-set", json={"items": items})
        assert answer.json()["failed"] == 0, answer.text


def contents(client: httpx.Client) -> dict[str, tuple[Any, ...]]:
    """What each agent says of itself, without version and times."""
    found: dict[str, tuple[Any, ...]] = {}
    page = ""
    while page is not None:
        query = {"agentType": "Scale", "limit": 500, "page": page}
        answer = client.get("/api/v1/agents", params=query).json()
        for one in answer["items"]:
            found[one["agentId"]] = (one["status"], one["properties"], one["activeTaskIds"])
        page = answer["next"]
    return found


def write_until(client: httpx.Client, stop: threading.Event, number: int) -> None:
    """Writes agents of its own, and reports the metrics of some that the job is about."""
    count = 0
    while not stop.is_set():
        count += 1
        own = f"/api/v1/agents/other-{number}-{count % 50}"
        body = {"agentType": "Other", "status": "Ready", "properties": {"n": count}}
        precondition = "*" if count > 50 else ""
        headers = {"If-Match": precondition} if precondition else {}
        assert client.put(own, json=body, headers=headers).is_success
        theirs = f"/api/v1/agents/scale-{(count * WRITERS + number) % 40:04}"
        assert client.patch(theirs, json={"performanceMetrics": {"n": count}}).is_success


def ended(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    seen: set[int] = set()

    def look() -> dict[str, Any] | None:
        now: dict[str, Any] = client.get(f"/api/v1/jobs/{job['id']}").json()
        seen.add(now["done"] + now["refused"])
        return now if now["endedAt"] else None

    after = wait_for(look, timeout_seconds=120, what="the job's end")
    assert len(seen) > 3, "no progress was seen"
    return after


def begun_among_writers(server: Server) -> tuple[dict[str, Any], float]:
    """The job that pauses all, and how long it took, with writers at work from before to after."""
    operator = server.client_as("operator")
    stop = threading.Event()
    writers = [
        threading.Thread(target=write_until, args=(server.client_as("agent"), stop, number))
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    try:
        began = time.monotonic()
        order = {"kind": "agent", "action": "pause", "filter": "agentType=Scale"}
        job = operator.post("/api/v1/jobs", json=order).json()
        after = ended(operator, job)
        return after, time.monotonic() - began
    finally:
        stop.set()
        for writer in writers:
            writer.join()


@pytest.mark.soak
def test_five_thousand_are_paused_while_agents_write_and_undone(fresh_server: FreshServer) -> None:
    server = fresh_server()
    operator = server.client_as("operator")
    create_fleet(operator)
    before = contents(operator)
    job, seconds = begun_among_writers(server)
    print(f"{job['done']} paused in {seconds:.1f} s")
    assert (job["done"], job["refused"]) == (AGENTS, 0)
    assert {status for status, *_ in contents(operator).values()} == {"Paused"}
    began = time.monotonic()
    undo = ended(operator, operator.post(f"/api/v1/jobs/{job['id']}/undo").json())
    print(f"{undo['done']} undone in {time.monotonic() - began:.1f} s")
    # What the writers changed since the job was at it is left to them; nothing else is.
    answer = operator.get(
        f"/api/v1/jobs/{undo['id']}/results", params={"result": "refused", "limit": 500}
    )
    since = {one["id"]: one["error"]["code"] for one in answer.json()["items"]}
    assert set(since.values()) <= {"version_conflict"}
    assert len(since) <= 40
    assert undo["done"] == AGENTS - len(since)
    after = contents(operator)
    assert {one: after[one] for one in after if one not in since} == {
        one: before[one] for one in before if one not in since
    }
    assert seconds < PAUSED_SECONDS, f"pausing took {seconds:.1f} s"
