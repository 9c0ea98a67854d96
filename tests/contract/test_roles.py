"""§10: what each role may do, and what a key bound to an agent may not."""

from collections.abc import Callable

import httpx
import pytest

from tests.contract.bodies import READY, SMALLEST, Body, fact, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_refused
from tests.rig.server import Server

pytestmark = pytest.mark.one_place

# --- Viewer ------------------------------------------------------------------------------------


def test_a_viewer_reads(viewer: httpx.Client, agent: str, research: str) -> None:
    state_id = agent.rpartition("/")[2]
    for path in (
        agent,
        f"{agent}?version=1",
        f"{agent}/history",
        f"{agent}/diff?from=1&to=1",
        f"{research}/facts",
        "/api/v1/agents",
        "/api/v1/summary",
        "/api/v1/events",
        "/api/v1/snapshot",
        "/api/v1/cache",
    ):
        assert viewer.get(path).status_code == 200, path
    answer = viewer.post("/api/v1/agents/batch-get", json={"ids": [state_id]})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [
        ("PUT", "", READY),
        ("PATCH", "", {}),
        ("DELETE", "", None),
        ("POST", "/heartbeat", None),
        ("POST", "/restore", {"version": 1}),
    ],
)
def test_a_viewer_does_not_write(
    viewer: httpx.Client, agent: str, method: str, tail: str, body: Body | None
) -> None:
    answer = viewer.request(method, agent + tail, json=body, headers=if_match(1))
    assert_refused(answer, 403, "forbidden")
    assert viewer.get(agent).json()["version"] == 1


def test_a_viewer_writes_no_facts_and_no_batches(viewer: httpx.Client, research: str) -> None:
    answer = viewer.post(f"{research}/facts", json={"facts": [fact(1)]})
    assert_refused(answer, 403, "forbidden")
    answer = viewer.post("/api/v1/research/batch-set", json={"items": []})
    assert_refused(answer, 403, "forbidden")
    answer = viewer.post("/api/v1/agents/heartbeat", json={"ids": []})
    assert_refused(answer, 403, "forbidden")


# --- Agent, operator, admin --------------------------------------------------------------------


@pytest.mark.parametrize("role", ["agent", "operator", "admin"])
def test_higher_roles_write(
    server: Server, new_path: NewPath, kind: str, body: Body, role: str
) -> None:
    path = new_path(kind)
    client = server.client_as(role)
    assert client.put(path, json=body).status_code == 201
    assert client.patch(path, json={}).status_code == 200
    assert client.delete(path, headers=if_match(2)).status_code == 204


def test_an_agent_does_not_restore(client: httpx.Client, agent: str) -> None:
    answer = client.post(f"{agent}/restore", json={"version": 1}, headers=if_match(1))
    assert_refused(answer, 403, "forbidden")


def test_an_agent_does_not_force(client: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed")
    answer = client.patch(path, params={"force": "true"}, json={"status": "Pending"})
    assert_refused(answer, 403, "forbidden")


@pytest.mark.parametrize("role", ["operator", "admin"])
def test_an_operator_restores(server: Server, create: Create, role: str) -> None:
    path = create("agents")
    answer = server.client_as(role).post(
        f"{path}/restore", json={"version": 1}, headers=if_match(1)
    )
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_the_actor_is_the_keys_name(server: Server, agent: str) -> None:
    operator = server.client_as("operator")
    operator.patch(agent, json={})
    actors = [one["actor"] for one in operator.get(f"{agent}/history").json()["items"]]
    assert actors == ["rig-operator", "rig-agent"]


# --- A key bound to an agent -------------------------------------------------------------------


@pytest.fixture(scope="module")
def bound(server: Server) -> tuple[str, httpx.Client]:
    """An agent's id, and a client with the key bound to it."""
    return "bound-agent", server.client(server.create_key("bound", "agent", agent_id="bound-agent"))


def test_a_bound_key_writes_its_own_agent(bound: tuple[str, httpx.Client]) -> None:
    state_id, client = bound
    path = f"/api/v1/agents/{state_id}"
    assert client.put(path, json=READY).status_code == 201
    assert client.patch(path, json={}).status_code == 200
    assert client.post(f"{path}/heartbeat").status_code == 204
    items = [{"id": state_id, "patch": {}}]
    answer = client.post("/api/v1/agents/batch-set", json={"items": items})
    assert answer.json()["succeeded"] == 1
    assert client.delete(path, headers={"If-Match": "*"}).status_code == 204


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_bound_key_writes_no_other_agent(
    bound: tuple[str, httpx.Client], client: httpx.Client, agent: str, method: str
) -> None:
    body = None if method == "DELETE" else READY
    answer = bound[1].request(method, agent, json=body, headers=if_match(1))
    assert_refused(answer, 403, "forbidden")
    assert client.get(agent).json()["version"] == 1


def test_a_bound_key_beats_for_no_other_agent(bound: tuple[str, httpx.Client], agent: str) -> None:
    assert_refused(bound[1].post(f"{agent}/heartbeat"), 403, "forbidden")
    ids = [agent.rpartition("/")[2]]
    answer = bound[1].post("/api/v1/agents/heartbeat", json={"ids": ids})
    assert_refused(answer, 403, "forbidden")


def test_a_bound_key_in_a_batch_is_refused_per_item(
    bound: tuple[str, httpx.Client], client: httpx.Client, agent: str
) -> None:
    state_id, own = bound
    items: list[Body] = [
        {"id": agent.rpartition("/")[2], "patch": {}},
        {"id": state_id, "state": READY, "ifMatch": 999},
    ]
    results = own.post("/api/v1/agents/batch-set", json={"items": items}).json()["results"]
    assert [one["status"] for one in results] == [403, 412]
    assert results[0]["error"]["code"] == "forbidden"
    assert client.get(agent).json()["version"] == 1


@pytest.mark.parametrize("kind", ["research", "verifications"])
def test_a_bound_key_writes_research_and_verifications(
    bound: tuple[str, httpx.Client], new_path: NewPath, kind: str
) -> None:
    path = new_path(kind)
    assert bound[1].put(path, json=SMALLEST[kind]).status_code == 201
    assert bound[1].patch(path, json={}).status_code == 200


def test_a_bound_key_reads_everything(
    bound: tuple[str, httpx.Client], agent: str, new_id: Callable[[str], str]
) -> None:
    assert bound[1].get(agent).status_code == 200
    assert bound[1].get("/api/v1/agents").status_code == 200
