"""The states that are measured: agents of 400 bytes, and researches with facts."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from bench.stand import Door

STATE_BYTES = 400
BATCH = 1000
AGENTS = 1000


def agent_body() -> str:
    """An agent's JSON whose answer has 400 bytes; every ``@`` stands for a number."""
    body = {
        "agentType": "Bench",
        "status": "Ready",
        "properties": {"note": ""},
        "performanceMetrics": {"step": 0},
    }
    names_and_times = 190  # what the server adds: id, times, version and the empty lists
    body["properties"] = {"note": "x" * (STATE_BYTES - names_and_times - len(json.dumps(body)))}
    return json.dumps(body, separators=(",", ":")).replace('"step":0', '"step":@')


def patch_body() -> str:
    """A merge patch of one number; ``@`` stands for it."""
    return '{"performanceMetrics":{"step":@}}'


def agent_id(number: int) -> str:
    return f"agent-{number}"


def create_agents(door: Door, count: int = AGENTS) -> None:
    """The agents agent-1 … agent-<count>, each at version 1."""
    state = json.loads(agent_body().replace("@", "0"))
    with door.client("agent") as client:
        for numbers in _pages(count):
            items = [{"id": agent_id(number), "state": state} for number in numbers]
            stored = client.post("/api/v1/agents/batch-set", json={"items": items})
            assert stored.json()["succeeded"] == len(items), stored.text[:500]


def note_versions(door: Door, path: Path, count: int = AGENTS) -> Path:
    """Writes a line "number version" of every agent, for put.lua."""
    with door.client("viewer") as client, path.open("w") as file:
        for numbers in _pages(count):
            found = client.post(
                "/api/v1/agents/batch-get",
                json={"ids": [agent_id(number) for number in numbers]},
                headers={"Cache-Control": "no-cache"},
            ).json()["items"]
            for number in numbers:
                file.write(f"{number} {found[agent_id(number)]['version']}\n")
    return path


def create_researches(door: Door, prefix: str, count: int, facts: int) -> None:
    """Researches <prefix>-1 … <prefix>-<count>, each with so many facts."""
    with door.client("agent") as client:
        for number in range(1, count + 1):
            path = f"/api/v1/research/{prefix}-{number}"
            client.put(path, json={"query": "how fast?"}).raise_for_status()
            for first in range(0, facts, BATCH):
                more = [
                    {"id": f"fact-{one}", "content": f"what was found out at step {one}"}
                    for one in range(first, min(first + BATCH, facts))
                ]
                client.post(f"{path}/facts", json={"facts": more}).raise_for_status()


def page_path(client: httpx.Client, page: int, limit: int) -> str:
    """The path of a page of the list of agents, found by turning pages as a client does."""
    path = f"/api/v1/agents?limit={limit}"
    parameters: Mapping[str, str | int] = {"limit": limit}
    for _ in range(page - 1):
        token = client.get("/api/v1/agents", params=parameters).raise_for_status().json()["next"]
        assert token, "the list has too few pages"
        parameters = {"limit": limit, "page": token}
        path = f"/api/v1/agents?limit={limit}&page={token}"
    return path


def _pages(count: int) -> Iterator[range]:
    for first in range(1, count + 1, BATCH):
        yield range(first, min(first + BATCH, count + 1))
