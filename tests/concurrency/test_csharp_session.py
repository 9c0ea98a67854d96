"""§12: a whole session of the C# client, its calls going to two instances in turn."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.csharp import (
    WHEN,
    CSharp,
    agent_state,
    research_state,
    verification_state,
    written,
)
from tests.rig.server import Server
from tests.rig.waiting import wait_for

NewId = Callable[[str], str]


@pytest.fixture
def csharp(two_servers: tuple[Server, Server]) -> CSharp:
    return CSharp(*(server.client_as("agent") for server in two_servers))


def test_the_client_of_the_tests_writes_as_dotnet_does() -> None:
    sent = {"agentId": "a+1", "note": '5 °C is "cold"', "isActive": True, "list": [], "none": None}
    assert written(sent).decode() == (
        "{\r\n"
        '  "agentId": "a\\u002B1",\r\n'
        '  "note": "5 \\u00B0C is \\u0022cold\\u0022",\r\n'
        '  "isActive": true,\r\n'
        '  "list": [],\r\n'
        '  "none": null\r\n'
        "}"
    )


def test_a_whole_session(csharp: CSharp, new_id: NewId) -> None:
    agent_id, research_id = new_id("agent"), new_id("research")

    def run(name: str, **given: Any) -> Any:
        return csharp.run(name, given, new_id("task"))

    def read(name: str, expected: Any, **given: Any) -> None:
        """What another instance has written is read soon (§2), the own instance's at once."""
        wait_for(lambda: run(name, **given) == expected, what=f"{name} of the other instance")

    # The server, and who is there
    for path in ("/health", "/api/health"):
        assert csharp.get(path)["status"] in ("healthy", "degraded")
    assert csharp.get("/api/server/info")["version"] == "1.0.0"
    registration = {
        "agentId": agent_id,
        "agentType": "Researcher",
        "clientId": "deep-research",
        "capabilities": {"search": True, "models": ["a", "b"], "depth": 3},
        "registeredAt": WHEN,
        "isActive": True,
    }
    for _ in range(2):
        assert csharp.post("/api/agents/register", registration).json() == registration
    path = f"/api/agents/{agent_id}"
    wait_for(lambda: csharp.client.get(path).status_code == 200, what="the registration")
    assert csharp.get(path) == registration
    assert registration in csharp.get("/api/agents")
    # States of each kind: set, and got
    agent = run("SetAgentState", state=agent_state(agent_id, 2, properties={"unit": "°C"}))
    assert (agent["version"], agent["properties"]["unit"]) == (2, "°C")
    read("GetAgentState", agent, agentId=agent_id)
    research = run("SetResearchState", state=research_state(research_id, status="InProgress"))
    read("GetResearchState", research, researchId=research_id)
    checks = [
        run("SetVerificationState", state=verification_state(new_id("v"), research_id, at))
        for at in ("2026-01-15T00:00:00Z", WHEN)
    ]
    check_id = checks[0]["verificationId"]
    read("GetVerificationState", checks[0], verificationId=check_id)
    assert run("GetVerificationsForSource", sourceId=research_id) == checks[::-1]
    # Batches, progress, a status
    others = [new_id("agent") for _ in range(2)]
    stored = run("SetMultipleAgentStates", states={one: agent_state(one, 0) for one in others})
    assert run("GetMultipleAgentStates", agentIds=others) == stored
    told = {"researchId": research_id, "iterationCount": 3, "qualityScore": 0.85}
    progress = run("UpdateResearchProgress", **told)
    assert (progress["iterationCount"], progress["currentQualityScore"]) == (3, 0.85)
    assert run("UpdateAgentStatus", agentId=agent_id, status=2)["status"] == "Processing"
    # Locks
    lease = run("AcquireLock", agentId=agent_id, ttlSeconds=60)
    paused = {"agentId": agent_id, "status": "Paused"}
    assert csharp.submit("UpdateAgentStatus", new_id("task"), paused).status_code == 423
    assert run("UpdateAgentStatus", **paused, lockToken=lease["token"])["version"] == 4
    assert run("ReleaseLock", lockId=lease["lockId"], token=lease["token"])["released"]
    # Caches
    assert "removed" in run("InvalidateCache", key=f"agent_state:{agent_id}")
    assert "removed" in run("InvalidateCategoryCache", category="research_state")
    # A task for somebody else: queued, polled, done
    task_id = new_id("task")
    queued = {"taskId": task_id, "status": "Submitted", "result": None, "completedAt": None}
    for _ in range(2):
        assert csharp.submit("Dig", task_id, {"where": "here"}, agent_id).json() == queued
    [task] = csharp.get(f"/api/agents/{agent_id}/tasks/pending")
    assert (task["id"], task["submittedAt"], task["input"]) == (task_id, WHEN, {"where": "here"})
    for status in ("InProgress", "Completed"):
        told = {"status": status, "result": '{"found":1}', "completedAt": None}
        answer = csharp.post(f"/api/tasks/{task_id}/status", told, "PUT").json()
        assert answer == {"success": True, "taskId": task_id, "status": status}
    assert csharp.get(f"/api/agents/{agent_id}/tasks/pending") == []
    # Judgements: of a state as the client's serializer writes it, enums by number
    sent = json.dumps(agent_state(agent_id, 5, status=1, properties=None))
    for layer in ("verl", "rlcs"):
        asked = {"taskId": task_id, "result": sent, "verifiedAt": WHEN}
        verdict = csharp.post(f"/api/{layer}/verify", asked).json()
        assert (verdict["isValid"], verdict["verifiedAt"]) == (True, WHEN)
    statements = [f"Research {research_id}: Completed", f"Research {research_id}: Failed"]
    answer = csharp.post("/api/verl/check-consistency", {"statements": statements}).json()
    assert answer["isConsistent"] is False
    # What clients share
    mine = {f"{task_id}-{name}": json.dumps({"n": name}) for name in "ab"}
    csharp.post("/api/resources/add", {"resources": mine, "namespace_name": None})
    newer = {f"{task_id}-a": "[]"}
    answer = csharp.post("/api/resources/add", {"resources": newer, "timestamp": WHEN}).json()
    assert csharp.get("/api/resources/latest") == answer
    assert answer["resources"].items() >= (mine | newer).items()


def test_the_seeds_master_workflow_ends_with_its_progress(csharp: CSharp, new_id: NewId) -> None:
    """Seed, "Master Workflow with State Management", its calls word for word."""
    state = research_state(new_id("research"), extractedFacts=None, sources=None, metadata=None)
    given = {"researchId": state["researchId"]}

    def run(name: str, **given: Any) -> Any:
        return csharp.run(name, given, new_id("task"))

    run("SetResearchState", state=state)
    state["status"] = "InProgress"
    run("SetResearchState", state=state)
    run("UpdateResearchProgress", **given, iterationCount=3, qualityScore=0.85)
    state |= {"status": "Completed", "completedAt": "2026-01-16T11:00:00.1234567Z"}
    stored = run("SetResearchState", state=state)
    assert stored["status"] == "Completed"
    assert (stored["iterationCount"], stored["currentQualityScore"]) == (3, 0.85)
    wait_for(lambda: run("GetResearchState", **given) == stored, what="the other instance")
