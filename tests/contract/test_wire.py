"""§12: a session of the existing C# client, with the JSON that .NET writes."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.contract.csharp import (
    WHEN,
    ZERO,
    CSharp,
    agent_state,
    research_state,
    verification_state,
)
from tests.rig.backends import Backend
from tests.rig.server import FreshServer, Server

NewId = Callable[[str], str]


@pytest.fixture
def csharp(client: httpx.Client) -> CSharp:
    return CSharp(client)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["status"]) == (code, status)


def test_the_server_says_what_it_is(csharp: CSharp, anonymous: httpx.Client) -> None:
    for path in ("/health", "/api/health"):
        assert anonymous.get(path).json()["status"] in ("healthy", "degraded")
    info = csharp.client.get("/api/server/info").json()
    assert info["version"] == "1.0.0"
    assert {"serverVersion", "startedAt", "registeredAgents", "activeConnections"} <= info.keys()
    assert [info[f"{name}Enabled"] for name in ("apo", "verl", "rlcs")] == [True] * 3


def test_a_registration_is_the_agents_state(csharp: CSharp, new_id: NewId) -> None:
    agent_id = new_id("wire")
    assert csharp.client.get(f"/api/agents/{agent_id}").status_code == 404
    told = {
        "agentId": agent_id,
        "agentType": "Researcher",
        "clientId": "client-1",
        "capabilities": {"search": True, "depth": 3},
        "registeredAt": WHEN,
        "isActive": True,
    }
    answer = csharp.post("/api/agents/register", told)
    assert answer.status_code == 200
    assert answer.json() == told
    state = csharp.client.get(f"/api/v1/agents/{agent_id}").json()
    assert (state["status"], state["version"]) == ("Initializing", 1)
    assert state["properties"]["capabilities"] == told["capabilities"]
    undated = {name: value for name, value in told.items() if name != "registeredAt"}
    for again in (told, undated):
        assert csharp.post("/api/agents/register", again).json() == told
    assert csharp.client.get(f"/api/v1/agents/{agent_id}").json()["version"] == 1
    csharp.run("UpdateAgentStatus", {"agentId": agent_id, "status": "ready"}, new_id("task"))
    csharp.post("/api/agents/register", {**told, "capabilities": {"depth": 4}})
    state = csharp.client.get(f"/api/v1/agents/{agent_id}").json()
    assert (state["status"], state["version"]) == ("Ready", 3)
    assert state["properties"]["capabilities"] == {"depth": 4}
    one = csharp.client.get(f"/api/agents/{agent_id}").json()
    assert one["capabilities"] == {"depth": 4}
    assert one in csharp.client.get("/api/agents").json()


def test_states_are_set_and_got(csharp: CSharp, new_id: NewId) -> None:
    agent_id, research_id = new_id("agent"), new_id("research")
    assert csharp.run("GetAgentState", {"agentId": agent_id}, new_id("task")) is None
    stored = csharp.run("SetAgentState", {"state": agent_state(agent_id, 0)}, new_id("task"))
    assert (stored["agentId"], stored["version"]) == (agent_id, 1)
    assert csharp.run("GetAgentState", {"agentId": agent_id}, new_id("task")) == stored
    fact = {"id": "f1", "content": "c", "sourceUrl": "s", "confidence": 90, "extractedAt": ZERO}
    state = research_state(research_id, extractedFacts=[fact], status=1)
    stored = csharp.run("SetResearchState", {"state": state}, new_id("task"))
    assert stored["extractedFacts"][0]["confidenceScore"] == 0.9
    assert stored["status"] == "InProgress"
    read = csharp.run("GetResearchState", {"researchId": research_id}, new_id("task"))
    assert read == stored == csharp.client.get(f"/api/v1/research/{research_id}").json()
    for name, at in (("old", "2026-01-15T00:00:00Z"), ("new", WHEN)):
        csharp.run(
            "SetVerificationState",
            {"state": verification_state(f"{research_id}-{name}", research_id, at)},
            new_id("task"),
        )
    found = csharp.run("GetVerificationsForSource", {"sourceId": research_id}, new_id("task"))
    ids = [one["verificationId"] for one in found]
    assert ids == [f"{research_id}-new", f"{research_id}-old"]
    given = {"verificationId": ids[0]}
    assert csharp.run("GetVerificationState", given, new_id("task")) == found[0]


def test_many_agents_at_once_are_all_or_none(csharp: CSharp, new_id: NewId) -> None:
    first, second = new_id("agent"), new_id("agent")
    states = {first: agent_state(first, 0), second: agent_state(second, 0, status=2)}
    stored = csharp.run("SetMultipleAgentStates", {"states": states}, new_id("task"))
    assert stored[second]["status"] == "Processing"
    asked = {"agentIds": [first, second, new_id("agent")]}
    assert csharp.run("GetMultipleAgentStates", asked, new_id("task")) == stored
    states = {first: agent_state(first, 0, status="Paused"), second: agent_state(second, 7)}
    refused(
        csharp.submit("SetMultipleAgentStates", new_id("task"), {"states": states}),
        409,
        "version_conflict",
    )
    assert csharp.run("GetMultipleAgentStates", asked, new_id("task")) == stored


def test_a_client_that_counts_versions_sends_the_next_one(csharp: CSharp, new_id: NewId) -> None:
    agent_id = new_id("agent")
    csharp.run("SetAgentState", {"state": agent_state(agent_id, 1)}, new_id("task"))
    stored = csharp.run("SetAgentState", {"state": agent_state(agent_id, 2)}, new_id("task"))
    assert stored["version"] == 2
    for version in (1, 2, 4):
        late = csharp.submit(
            "SetAgentState", new_id("task"), {"state": agent_state(agent_id, version)}
        )
        refused(late, 409, "version_conflict")
        assert late.json()["currentVersion"] == 2


def test_progress_is_of_a_research_that_is_there(csharp: CSharp, new_id: NewId) -> None:
    progress = {"researchId": new_id("no"), "iterationCount": 3, "qualityScore": 0.85}
    refused(csharp.submit("UpdateResearchProgress", new_id("task"), progress), 404, "not_found")


def test_the_same_task_again_gets_the_first_answer(csharp: CSharp, new_id: NewId) -> None:
    agent_id, research_id, task_id = new_id("agent"), new_id("research"), new_id("task")
    first = csharp.submit("SetAgentState", task_id, {"state": agent_state(agent_id, 0)})
    paused = {"agentId": agent_id, "status": "Paused"}
    read_id, asked = new_id("task"), {"agentId": agent_id}
    assert csharp.run("GetAgentState", asked, read_id)["status"] == "Ready"
    csharp.run("UpdateAgentStatus", paused, new_id("task"))
    assert csharp.run("GetAgentState", asked, read_id)["status"] == "Paused", "a read is stored"
    again = csharp.submit("SetAgentState", task_id, {"state": agent_state(agent_id, 0)})
    assert again.json() == first.json()
    state = csharp.client.get(f"/api/v1/agents/{agent_id}").json()
    assert (state["status"], state["version"]) == ("Paused", 2)
    given = {"state": research_state(research_id, extractedFacts=[{"content": "c"}])}
    first = csharp.submit("SetResearchState", f"{task_id}-r", given)
    assert csharp.submit("SetResearchState", f"{task_id}-r", given).json() == first.json()
    states = {"states": {agent_id: agent_state(agent_id, 0, status="Ready")}}
    first = csharp.submit("SetMultipleAgentStates", f"{task_id}-m", states)
    assert csharp.submit("SetMultipleAgentStates", f"{task_id}-m", states).json() == first.json()
    assert csharp.client.get(f"/api/v1/agents/{agent_id}").json()["version"] == 3


def test_one_task_sent_by_many_at_once_is_done_once(
    csharp: CSharp, server: Server, new_id: NewId
) -> None:
    agent_id, task_id = new_id("agent"), new_id("task")
    csharp.run("SetAgentState", {"state": agent_state(agent_id, 0)}, new_id("task"))
    clients = [CSharp(server.client_as("agent")) for _ in range(8)]
    given = {"state": agent_state(agent_id, 2, status="Processing")}
    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(
            threads.map(lambda one: one.submit("SetAgentState", task_id, given).json(), clients)
        )
    assert all(answer == answers[0] for answer in answers), answers
    assert json.loads(answers[0]["result"])["version"] == 2
    assert csharp.client.get(f"/api/v1/agents/{agent_id}").json()["version"] == 2


def test_a_refused_task_leaves_nothing_and_may_come_again(csharp: CSharp, new_id: NewId) -> None:
    agent_id, task_id = new_id("agent"), new_id("task")
    refused(
        csharp.submit("UpdateAgentStatus", task_id, {"agentId": agent_id, "status": "Paused"}),
        404,
        "not_found",
    )
    csharp.run("SetAgentState", {"state": agent_state(agent_id, 0)}, new_id("task"))
    csharp.run("UpdateAgentStatus", {"agentId": agent_id, "status": "Paused"}, task_id)
    refused(
        csharp.submit(
            "UpdateAgentStatus", new_id("task"), {"agentId": agent_id, "status": "Initializing"}
        ),
        409,
        "illegal_transition",
    )
    refused(csharp.submit("SetAgentState", new_id("task"), {"state": {}}), 422, "invalid")


def test_locks_are_taken_and_released(csharp: CSharp, new_id: NewId) -> None:
    agent_id, task_id = new_id("agent"), new_id("task")
    csharp.run("SetAgentState", {"state": agent_state(agent_id, 0)}, new_id("task"))
    given = {"agentId": agent_id, "ttlSeconds": 60}
    lease = csharp.run("AcquireLock", given, task_id)
    assert (lease["kind"], lease["id"], lease["owner"]) == ("agent", agent_id, "manager")
    first, again = (csharp.submit("AcquireLock", task_id, given) for _ in range(2))
    assert first.json() == again.json()
    assert json.loads(again.json()["result"]) == lease
    refused(csharp.submit("AcquireLock", new_id("task"), given), 409, "lock_unavailable")
    update = {"agentId": agent_id, "status": "Paused"}
    refused(csharp.submit("UpdateAgentStatus", new_id("task"), update), 423, "locked")
    with_token = {**update, "lockToken": lease["token"]}
    csharp.run("UpdateAgentStatus", with_token, new_id("task"))
    token = {"lockId": lease["lockId"], "token": lease["token"]}
    wrong = csharp.submit("ReleaseLock", new_id("task"), {**token, "token": "wrong"})
    refused(wrong, 409, "lock_lost")
    task_id = new_id("task")
    assert csharp.run("ReleaseLock", token, task_id)["released"] is True
    first, again = (csharp.submit("ReleaseLock", task_id, token) for _ in range(2))
    assert first.json() == again.json()
    csharp.run("UpdateAgentStatus", {**update, "status": "Ready"}, new_id("task"))


def test_caches_and_judgements(csharp: CSharp, new_id: NewId) -> None:
    agent_id = new_id("agent")
    csharp.run("SetAgentState", {"state": agent_state(agent_id, 0)}, new_id("task"))
    task_id = new_id("task")
    removed = csharp.run("InvalidateCache", {"key": f"agent_state:{agent_id}"}, task_id)
    again = csharp.run("InvalidateCache", {"key": f"agent_state:{agent_id}"}, task_id)
    assert removed == again
    assert removed.keys() == {"removed"}
    category = {"category": "verification_state:"}
    assert "removed" in csharp.run("InvalidateCategoryCache", category, new_id("task"))
    unknown = csharp.submit("InvalidateCache", new_id("task"), {"key": "other:1"})
    refused(unknown, 422, "invalid")
    good = csharp.run("ValidateState", {"state": agent_state(agent_id, 5)}, new_id("task"))
    assert good["isValid"] is True
    low = verification_state("v", "s", WHEN) | {"confidenceScore": 0.1}
    for bad in (low, agent_state(agent_id, 5, status="Sleeping"), {"agentId": agent_id}):
        judged = csharp.run("ValidateState", {"state": bad}, new_id("task"))
        assert (judged["isValid"], bool(judged["issues"])) == (False, True)
    statements = {"statements": ["Research r1: Completed", "Research r1: Failed"]}
    assert csharp.run("CheckConsistency", statements, new_id("task"))["isConsistent"] is False


def test_other_tasks_wait_for_their_agent(csharp: CSharp, new_id: NewId) -> None:
    agent_id = new_id("agent")
    path = f"/api/agents/{agent_id}/tasks/pending"
    assert csharp.client.get(path).status_code == 404
    csharp.run("SetAgentState", {"state": agent_state(agent_id, 0)}, new_id("task"))
    assert csharp.client.get(path).json() == []
    ids = [new_id("task") for _ in range(4)]
    for task_id, priority, day in zip(ids, (1, 5, 5, 0), (1, 3, 2, 1), strict=True):
        answer = csharp.submit(
            "Dig",
            task_id,
            {"where": "here"},
            agent_id,
            priority=priority,
            submittedAt=f"2026-01-0{day}T00:00:00.0000000Z",
        )
        queued = {"taskId": task_id, "status": "Submitted", "result": None, "completedAt": None}
        assert answer.json() == queued
    tasks = csharp.client.get(path).json()
    assert [task["id"] for task in tasks] == [ids[2], ids[1], ids[0], ids[3]]
    assert (tasks[0]["input"], tasks[0]["verificationRequired"]) == ({"where": "here"}, True)

    def tell(task_id: str, **told: Any) -> httpx.Response:
        return csharp.post(f"/api/tasks/{task_id}/status", told, "PUT")

    judged = csharp.post("/api/verl/verify", {"taskId": ids[2], "result": ""}).json()
    assert judged["isValid"] is False
    assert csharp.client.get(path).json() == tasks, "judging changes no task"
    answer = tell(ids[2], status="InProgress", result=None, completedAt=None)
    assert answer.json() == {"success": True, "taskId": ids[2], "status": "InProgress"}
    assert csharp.client.get(path).json()[0]["status"] == "InProgress"
    assert tell(ids[2], status=3, result="done", completedAt=WHEN).json()["status"] == "Completed"
    assert [task["id"] for task in csharp.client.get(path).json()] == [ids[1], ids[0], ids[3]]
    tell(ids[2], status="Pending")
    [reopened] = [task for task in csharp.client.get(path).json() if task["id"] == ids[2]]
    assert (reopened["resultData"], reopened["completedAt"]) == ("done", None)
    tell(ids[2], status="Failed")
    again = csharp.submit("Dig", ids[2], {"where": "there"}, agent_id)
    assert again.json() == {**queued, "taskId": ids[2]}
    assert len(csharp.client.get(path).json()) == 3
    refused(tell(new_id("task"), status="Completed"), 404, "not_found")
    refused(tell(ids[0], status="Cancelled"), 422, "invalid")


def test_resources_merge(csharp: CSharp) -> None:
    first = csharp.post(
        "/api/resources/add",
        {"resources": {"a": '{"n":1}', "b": "[]"}, "namespace_name": "n", "timestamp": WHEN},
    )
    assert first.status_code == 200
    second = csharp.post("/api/resources/add", {"resources": {"a": '{"n":2}', "c": "1"}}).json()
    assert second["resources"].items() >= {"a": '{"n":2}', "b": "[]", "c": "1"}.items()
    assert second["resourcesId"] != first.json()["resourcesId"]
    assert csharp.client.get("/api/resources/latest").json() == second


def test_who_may_do_what(server: Server, backend: Backend, new_id: NewId) -> None:
    viewer, agent_id = CSharp(server.client_as("viewer")), new_id("agent")
    assert viewer.run("GetAgentState", {"agentId": agent_id}, new_id("task")) is None
    given = {"state": agent_state(agent_id, 0)}
    for name in ("SetAgentState", "Dig", "InvalidateCache", "ReleaseLock"):
        refused(viewer.submit(name, new_id("task"), given), 403, "forbidden")
    assert viewer.post("/api/resources/add", {"resources": {}}).status_code == 403
    assert CSharp(server.client()).submit("Dig", new_id("task"), {}).status_code == 401
    key = backend.create_key(new_id("bound"), "agent", agent_id=agent_id)
    bound = CSharp(server.client(key))
    bound.run("SetAgentState", given, new_id("task"))
    bound.run("SetResearchState", {"state": research_state(new_id("research"))}, new_id("task"))
    other = agent_state(new_id("agent"), 0)
    refused(bound.submit("SetAgentState", new_id("task"), {"state": other}), 403, "forbidden")
    refused(bound.post("/api/agents/register", other), 403, "forbidden")
    lock = {"agentId": other["agentId"]}
    refused(bound.submit("AcquireLock", new_id("task"), lock), 403, "forbidden")
    task_id = new_id("task")
    CSharp(server.client_as("agent")).submit("Dig", task_id, {}, other["agentId"])
    told = bound.post(f"/api/tasks/{task_id}/status", {"status": "Failed"}, "PUT")
    refused(told, 403, "forbidden")


@pytest.mark.one_place
def test_the_unmodified_client_needs_no_key(
    fresh_server: FreshServer, place: object, new_id: NewId
) -> None:
    server = fresh_server(LIGHTNING_ANONYMOUS_ROLE="agent")
    csharp, agent_id = CSharp(server.client()), new_id("agent")
    stored = csharp.run("SetAgentState", {"state": agent_state(agent_id, 0)}, new_id("task"))
    assert csharp.run("GetAgentState", {"agentId": agent_id}, new_id("task")) == stored
