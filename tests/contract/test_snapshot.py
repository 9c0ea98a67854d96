"""§5: ``GET /api/v1/snapshot``: the whole fleet as it was then."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.conftest import BACKEND_TOPOLOGY
from tests.contract.bodies import CREATE_ONLY, READY, Body, fact, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_refused
from tests.rig.backends import Backends
from tests.rig.server import Server, running

SNAPSHOT = "/api/v1/snapshot"
ID_FIELD = {"agent": "agentId", "research": "researchId", "verification": "verificationId"}
Fleet = dict[tuple[str, str], Body]


@pytest.fixture(scope="module")
def server(backends: Backends, backend_name: str) -> Iterator[Server]:
    """Of this file alone: a snapshot is of the whole fleet, and other files' is large."""
    backend = backends.fresh(BACKEND_TOPOLOGY[backend_name])
    with running(Server(backend, backend.directory)) as (instance,):
        yield instance


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    return server.client_as("agent")


def now(client: httpx.Client) -> str:
    cursor: str = client.get("/api/v1/events").json()["cursor"]
    return cursor


def lines_of(answer: httpx.Response) -> Iterator[Body]:
    # Not splitlines: a state may hold U+2028 and its like.
    for line in answer.text.removesuffix("\n").split("\n"):
        yield json.loads(line)


def fleet(client: httpx.Client, at: str | None = None) -> Fleet:
    """The states of a snapshot by kind and id, with the frame around them checked."""
    answer = client.get(SNAPSHOT, params={"at": at} if at else {})
    assert answer.status_code == 200, answer.text
    header, *states, trailer = lines_of(answer)
    assert header["type"] == "header"
    assert header["cursor"]
    assert trailer == {"type": "trailer", "count": len(states)}
    found: Fleet = {}
    for line in states:
        assert line.keys() == {"type", "kind", "state"}
        assert line["type"] == "state"
        place = (line["kind"], line["state"][ID_FIELD[line["kind"]]])
        assert place not in found
        found[place] = line["state"]
    return found


def place_of(path: str) -> tuple[str, str]:
    _, _, _, segment, state_id = path.split("/")
    kind = {"agents": "agent", "verifications": "verification"}.get(segment, segment)
    return kind, state_id


def test_it_is_newline_delimited_json(client: httpx.Client, agent: str) -> None:
    answer = client.get(SNAPSHOT)
    assert answer.headers["Content-Type"].partition(";")[0] == "application/x-ndjson"
    assert "Content-Length" not in answer.headers, "it is streamed"
    assert answer.text.endswith("\n")
    assert place_of(agent) in fleet(client)


def test_a_state_is_as_it_is_read(client: httpx.Client, create: Create) -> None:
    paths = [
        create("agents", properties={"nested": {"ünï": [1, 2.5, None]}}),
        create("research", extractedFacts=[fact(1), fact(2)]),
        create("verifications", isVerified=True, confidenceScore=0.9),
    ]
    found = fleet(client)
    for path in paths:
        assert found[place_of(path)] == client.get(path).json()


def test_the_header_s_cursor_is_the_place(client: httpx.Client, create: Create) -> None:
    path = create("agents")
    header = next(lines_of(client.get(SNAPSHOT)))
    client.patch(path, json={"status": "Paused"})
    page = client.get("/api/v1/events", params={"after": header["cursor"], "wait": 5}).json()
    assert place_of(path)[1] in {event["id"] for event in page["events"]}
    assert fleet(client, header["cursor"])[place_of(path)]["status"] == "Ready"


def test_a_cursor_names_a_place_in_the_past(
    client: httpx.Client, new_path: NewPath, create: Create
) -> None:
    changed, deleted, later = create("agents"), create("verifications"), new_path("agents")
    before = {path: client.get(path).json() for path in (changed, deleted)}
    start = now(client)
    client.patch(changed, json={"status": "Paused", "properties": {"a": 1}})
    client.patch(changed, json={"properties": {"a": None, "b": 2}})
    client.delete(deleted, headers=if_match(1))
    client.put(later, json=READY)
    past, present = fleet(client, start), fleet(client)
    for path, state in before.items():
        assert past[place_of(path)] == state
    assert place_of(later) not in past
    assert place_of(deleted) not in present
    assert present[place_of(changed)]["version"] == 3


def test_every_version_is_found_again_at_its_event(client: httpx.Client, create: Create) -> None:
    path = create("research")
    for number in range(1, 70):
        client.patch(path, json={"iterationCount": number})
    history = client.get(f"{path}/history", params={"limit": 100}).json()["items"]
    for event in (history[0], history[5], history[6], history[40], history[-1]):
        state = fleet(client, event["cursor"])[place_of(path)]
        assert state["version"] == event["version"]
        assert state["iterationCount"] == event["version"] - 1
        assert state == client.get(path, params={"version": event["version"]}).json()


def test_facts_are_as_they_were(client: httpx.Client, research: str) -> None:
    client.post(f"{research}/facts", json={"facts": [fact(1), fact(2)]})
    then, start = client.get(research).json(), now(client)
    client.post(f"{research}/facts", json={"facts": [fact(2, content="changed"), fact(3)]})
    client.patch(research, json={"extractedFacts": []})
    assert fleet(client, start)[place_of(research)] == then


def test_a_state_deleted_and_made_again_is_the_one_of_then(
    client: httpx.Client, create: Create
) -> None:
    path = create("research", extractedFacts=[fact(1)], query="the first")
    first, while_first = client.get(path).json(), now(client)
    client.delete(path, headers=if_match(1))
    while_deleted = now(client)
    client.put(path, json={"query": "the second"}, headers=CREATE_ONLY)
    client.patch(path, json={"metadata": {"x": 1}})
    assert fleet(client, while_first)[place_of(path)] == first
    assert place_of(path) not in fleet(client, while_deleted)
    assert fleet(client)[place_of(path)] == client.get(path).json()


def test_a_time_names_a_place_too(client: httpx.Client, create: Create) -> None:
    path = create("agents")
    client.patch(path, json={"status": "Paused"})
    client.patch(path, json={"status": "Ready"})
    _, second, first = client.get(f"{path}/history").json()["items"]
    assert fleet(client, first["at"])[place_of(path)]["version"] == 1
    assert fleet(client, second["at"])[place_of(path)]["version"] == 2
    assert fleet(client, "2100-01-01T00:00:00Z") == fleet(client)


def test_before_the_first_change_there_was_nothing(client: httpx.Client, agent: str) -> None:
    assert fleet(client, "2000-01-01T00:00:00Z") == {}


def test_a_time_may_have_an_offset(client: httpx.Client, agent: str) -> None:
    assert place_of(agent) in fleet(client, "2100-01-01T00:00:00+02:00")


def test_a_time_never_falls_inside_an_atomic_batch(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    ids = [f"{new_id('atomic')}-{number}" for number in range(300)]
    items = [{"id": one, "state": READY} for one in ids]
    body = {"items": items, "atomic": True}
    assert client.post("/api/v1/agents/batch-set", json=body).status_code == 200
    times = [
        client.get(f"/api/v1/agents/{ids[place]}/history").json()["items"][0]["at"]
        for place in (0, 150, 299)
    ]
    for moment in times:
        found = {state_id for _, state_id in fleet(client, moment)}
        assert len(found & set(ids)) in (0, 300)


def test_it_pages_through_a_large_fleet(client: httpx.Client, new_id: Callable[[str], str]) -> None:
    prefix = new_id("fleet")
    for kind, state in (("agents", READY), ("research", {"query": "q"})):
        items = [{"id": f"{prefix}-{number}", "state": state} for number in range(700)]
        client.post(f"/api/v1/{kind}/batch-set", json={"items": items})
    start = now(client)
    patches = [{"id": f"{prefix}-{number}", "patch": {}} for number in range(700)]
    client.post("/api/v1/agents/batch-set", json={"items": patches})
    for at, version in ((start, 1), (None, 2)):
        found = fleet(client, at)
        agents = [state for place, state in found.items() if place[1].startswith(prefix)]
        assert len(agents) == 1400
        versions = {state["version"] for state in agents if "agentId" in state}
        assert versions == {version}


MEMORY_OF_A_SNAPSHOT = """
import tracemalloc
from state.service import watching
position = watching.position_of("{at}")
tracemalloc.start()
pages = sum(1 for _ in watching.snapshot_pages(position))
print(tracemalloc.get_traced_memory()[1])
"""


@pytest.mark.slow
def test_what_happened_since_costs_no_memory(
    server: Server, client: httpx.Client, create: Create
) -> None:
    path = create("agents")
    then, start = client.get(path).json(), now(client)
    for number in range(160):
        patch = {"properties": {"pad": str(number % 10) * 300_000}}
        assert client.patch(path, json=patch).status_code == 200
    assert fleet(client, start)[place_of(path)] == then
    script = MEMORY_OF_A_SNAPSHOT.format(at=start)
    peak_bytes = int(server.backend.manage("shell", "-v0", "-c", script))
    assert peak_bytes < 160 * 300_000


# --- Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["yesterday", "2026-01-01", "12:00", "x.1"])
def test_what_is_neither_cursor_nor_time_is_400(client: httpx.Client, at: str) -> None:
    assert_refused(client.get(SNAPSHOT, params={"at": at}), 400, "bad_cursor")


def test_a_cursor_never_handed_out_is_400(client: httpx.Client) -> None:
    epoch, number, *proof = now(client).split(".")
    ahead = ".".join([epoch, f"{number}0", *proof])
    assert_refused(client.get(SNAPSHOT, params={"at": ahead}), 400, "bad_cursor")


def test_nothing_is_told_without_credentials(server: Server) -> None:
    assert_refused(server.client().get(SNAPSHOT), 401, "unauthenticated")
