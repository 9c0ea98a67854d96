"""Agent Lightning's 1.0 server: its rollout and event calls.

1.0 needs Python 3.12 and is not on PyPI, so a server with the same calls stands in: transitions
and idempotent creation as its routes have them.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from lightning_client import AsyncLightning, ResearchState, VerificationState
from lightning_client.integrations.agent_lightning import ServerBridge
from lightning_client.integrations.rollouts import merged_state, query_of

LEGAL = {"queuing": {"running", "failed"}, "running": {"succeeded", "failed"}}


class Stub:
    """Rollouts and events in memory."""

    def __init__(self) -> None:
        self.rollouts: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization") != "Bearer secret":
            return httpx.Response(401)
        body = json.loads(request.content) if request.content else None
        parts = request.url.path.split("/")[2:]
        match request.method, parts:
            case "POST", ["rollouts"]:
                return httpx.Response(201, json=[self.create(one) for one in body])
            case "GET", ["rollouts"]:
                states = request.url.params.get_list("state_in")
                found = [one for one in self.rollouts.values() if one["status"]["state"] in states]
                return httpx.Response(200, json=found)
            case "GET", ["rollouts", rollout_id]:
                detail = {"rollout": self.rollouts[rollout_id], "attempts": []}
                return httpx.Response(200, json=detail)
            case "PATCH", ["rollouts", rollout_id]:
                status = self.rollouts[rollout_id]["status"]
                if body["status"]["state"] not in LEGAL.get(status["state"], ()):
                    return httpx.Response(409)
                status["state"] = body["status"]["state"]
                return httpx.Response(200, json=self.rollouts[rollout_id])
            case "GET", ["rollouts", rollout_id, "events"]:
                return httpx.Response(200, json=self.events[rollout_id])
            case "POST", ["rollouts", rollout_id, "attempt", "0", "events"]:
                self.events[rollout_id].append(body)
                return httpx.Response(200, json=body)
        return httpx.Response(404)

    def create(self, rollout: dict[str, Any]) -> dict[str, Any]:
        rollout_id = rollout["rollout_id"]
        self.events.setdefault(rollout_id, [])
        new = {**rollout, "status": {"state": "queuing", "last_attempt_id": None}}
        return self.rollouts.setdefault(rollout_id, new)


@pytest.fixture
def stub() -> Stub:
    return Stub()


@pytest.fixture
async def bridge(async_lightning: AsyncLightning, stub: Stub) -> Any:
    transport = httpx.MockTransport(stub)
    made = ServerBridge(async_lightning, "http://agl", "secret", transport=transport)
    yield made
    await made.aclose()


async def test_a_research_becomes_a_rollout_with_rewards(
    async_lightning: AsyncLightning, bridge: ServerBridge, stub: Stub, new_id: Callable[[str], str]
) -> None:
    research_id = new_id("research")
    await async_lightning.set("research", research_id, ResearchState(query="Why?"))
    assert await bridge.push(research_id) == research_id
    assert stub.rollouts[research_id]["status"]["state"] == "queuing"
    verification = VerificationState(
        source_id=research_id, content="c", confidence_score=0.9, is_verified=True
    )
    await async_lightning.set("verification", f"{research_id}:1", verification)
    for status in ("InProgress", "Completed"):
        await async_lightning.patch("research", research_id, {"status": status})
    for _ in range(2):
        await bridge.push(research_id)
    assert stub.rollouts[research_id]["status"]["state"] == "succeeded"
    (reward,) = stub.events[research_id]
    assert (reward["event_type"], reward["data"]["value"]) == ("reward", 0.9)
    assert reward["data"]["message"] == f"{research_id}:1"


async def test_rollouts_that_wait_become_research(
    async_lightning: AsyncLightning, bridge: ServerBridge, stub: Stub, new_id: Callable[[str], str]
) -> None:
    rollout_id = new_id("rollout")
    stub.create({"rollout_id": rollout_id, "input": {"prompt": "Who?"}, "metadata": {}})
    for _ in range(2):
        found = [one async for one in bridge.pull()]
        assert found == [f"rollout-{rollout_id}"]
    research = await async_lightning.get("research", found[0])
    assert (research.query, research.version) == ("Who?", 1)
    assert await bridge.push(found[0]) == rollout_id


@pytest.mark.parametrize(
    ("there", "wanted", "states"),
    [
        ("queuing", "queuing", []),
        ("queuing", "running", ["running"]),
        ("queuing", "succeeded", ["running", "succeeded"]),
        ("queuing", "failed", ["failed"]),
        ("running", "running", []),
        ("failed", "succeeded", []),
        ("succeeded", "running", []),
    ],
)
def test_states_are_passed_one_by_one(there: str, wanted: Any, states: list[str]) -> None:
    assert merged_state(there, wanted) == states


def test_a_question_is_found_in_any_input() -> None:
    assert query_of({"question": "Why?", "more": 1}) == "Why?"
    assert query_of({"n": 1}) == '{"n": 1}'
    assert query_of("x" * 20_000) == "x" * 10_000
    assert query_of("") == "(no input)"
