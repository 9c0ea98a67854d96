"""An agent that changes its status, as a real one does over the API."""

from statistics import median
from typing import Any

import httpx

from tests.browser.operator import Operator

CHANGES = 7
# Of most changes: one may meet a machine that stands still. A page that asks every two seconds
# would show each of them late, since each is made when the one before it was seen.
LIMIT_SECONDS = 1.0


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


def assert_changes_are_shown(operator: Operator, client: httpx.Client, agent_id: str) -> None:
    """Each of an agent's changes, in time, on a marked page that is not loaded again."""
    seconds = [
        operator.seconds_until_shown(change_agent(client, agent_id, number))
        for number in range(1, CHANGES + 1)
    ]
    assert median(seconds) < LIMIT_SECONDS, seconds
    assert not operator.was_reloaded
