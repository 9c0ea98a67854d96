"""An agent that changes its status, as a real one does over the API."""

from typing import Any

import httpx


def create_agent(client: httpx.Client, agent_id: str) -> None:
    body = {"agentType": "Researcher", "status": "Ready"}
    client.put(f"/api/v1/agents/{agent_id}", json=body).raise_for_status()


def change_agent(client: httpx.Client, agent_id: str, number: int) -> dict[str, Any]:
    """Another status and task with every number, so that every change is one to be seen."""
    status = "Processing" if number % 2 else "Ready"
    body = {"status": status, "activeTaskIds": [f"task-{number}"]}
    response = client.patch(f"/api/v1/agents/{agent_id}", json=body)
    response.raise_for_status()
    state: dict[str, Any] = response.json()
    return state
