"""Contract §12 on the dashboard: an agent's tasks and registration, on its page."""

from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import Open

NewId = Callable[[str], str]
HOSTILE = '<img src=x onerror="window.ran = true">'


def test_an_agents_tasks_and_registration_appear_and_follow(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id, task_id = new_id("agent"), new_id("task")
    registration = {
        "agentId": agent_id,
        "agentType": "Digger",
        "clientId": "csharp-1",
        "capabilities": {"depth": 3, HOSTILE: HOSTILE},
    }
    client.post("/api/agents/register", json=registration).raise_for_status()
    operator = at(f"/agents/{agent_id}/", role="viewer")
    page, row = operator.page, operator.page.locator(f'[data-task="{task_id}"]')
    operator.mark_page()
    expect(page.locator("#registration")).to_contain_text("csharp-1")
    expect(page.locator("#capabilities [data-key=depth] dd")).to_have_text("3")
    expect(page.locator("#properties")).not_to_contain_text("registeredAt")

    task = {"id": task_id, "name": "Dig", "description": HOSTILE, "input": {}, "priority": 7}
    told = {"agentId": agent_id, "task": task}
    client.post("/api/tasks/submit", json=told).raise_for_status()
    expect(row.locator("[data-field=taskStatus]")).to_have_text("Submitted")
    expect(row).to_contain_text("7")
    path = f"/api/tasks/{task_id}/status"
    client.put(path, json={"status": "InProgress"}).raise_for_status()
    expect(row.locator("[data-field=taskStatus]")).to_have_text("InProgress")
    result = HOSTILE + " gold " * 40
    client.put(path, json={"status": "Completed", "result": result}).raise_for_status()
    expect(row.locator("[data-field=taskStatus]")).to_have_text("Completed")
    row.locator("summary").click()
    expect(row.locator("pre")).to_have_text(result)

    state = {"agentId": agent_id, "status": "Ready"}
    executed = {"id": new_id("task"), "name": "UpdateAgentStatus", "input": state}
    client.post("/api/tasks/submit", json={"agentId": agent_id, "task": executed})
    done = page.locator(f'[data-task="{executed["id"]}"]')
    expect(done.locator("[data-field=taskResult]")).to_contain_text(f"wrote agent {agent_id} v2")
    assert page.locator("main img").count() == 0
    assert page.evaluate("window.ran") is None
    assert not operator.was_reloaded
