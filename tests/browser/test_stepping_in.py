"""An operator acts on one state: with a reason, on what is seen, and can take it back."""

from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from tests.browser.agents import create_agent
from tests.browser.conftest import Open

NewId = Callable[[str], str]


def confirm(page: Page, reason: str = "") -> None:
    page.fill("#action-dialog [name=reason]", reason)
    page.locator("[data-confirm]").click()  # one alone, also where there is a dialog to edit
    expect(page.locator("#action-dialog")).to_be_hidden()


def newest_change(client: httpx.Client, path: str) -> dict[str, Any]:
    change: dict[str, Any] = client.get(f"/api/v1/{path}/history").json()["items"][0]
    return change


def test_an_agent_is_paused_with_a_reason_restored_deleted_and_brought_back(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    create_agent(client, agent_id)
    operator = at(f"/agents/{agent_id}/")
    page, status = operator.page, operator.cell("agent", agent_id, "status")
    page.click("[data-action=pause]")
    page.context.set_offline(True)
    expect(page.locator("[data-confirm]")).to_be_disabled()
    page.context.set_offline(False)
    expect(page.locator("[data-confirm]")).to_be_enabled()
    page.context.set_offline(True)
    expect(page.locator("[data-confirm]")).to_be_disabled()
    page.keyboard.press("Escape")  # closed while it waits
    page.context.set_offline(False)
    expect(page.locator("[data-action-confirm]")).to_be_enabled()
    page.click("[data-action=pause]")
    confirm(page, "too warm ✓")
    expect(status).to_have_text("Paused")
    change = newest_change(client, f"agents/{agent_id}")
    assert (change["actor"], change["reason"]) == ("operator", "too warm ✓")
    page.click('[data-change-version="1"] [data-action=restore]')
    confirm(page)
    expect(status).to_have_text("Ready")
    page.click("[data-action=delete]")
    confirm(page)
    expect(page.locator(".notice-deleted")).to_be_visible()
    page.click('[data-change-version="2"] [data-action=restore]')
    confirm(page)
    expect(operator.cell("agent", agent_id, "status")).to_have_text("Paused")
    assert client.get(f"/api/v1/agents/{agent_id}").json()["version"] == 5


def test_two_people_edit_and_nothing_of_either_is_lost(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    body = {"agentType": "A", "status": "Ready", "properties": {"big": 9007199254740993}}
    client.put(f"/api/v1/agents/{agent_id}", json=body).raise_for_status()
    page = at(f"/agents/{agent_id}/").page
    page.click("[data-action=edit]")
    page.fill("#edit-dialog [name=agentType]", "Mine")
    theirs = {"agentType": "Theirs", "activeTaskIds": ["their-task"]}
    client.patch(f"/api/v1/agents/{agent_id}", json=theirs).raise_for_status()
    page.click("[data-edit-save]")
    conflict = page.locator("[data-conflict=agentType]")
    expect(conflict).to_contain_text("Theirs")
    expect(page.locator("[data-merge]")).to_contain_text("activeTaskIds: theirs was taken over")
    page.click("[data-edit-save]")  # undecided: nothing is saved
    expect(conflict).to_be_visible()
    conflict.locator("label", has_text="Yours").locator("input").check()
    page.click("[data-edit-save]")
    expect(page.locator("#edit-dialog")).to_be_hidden()
    state = client.get(f"/api/v1/agents/{agent_id}").json()
    assert (state["agentType"], state["activeTaskIds"]) == ("Mine", ["their-task"])
    assert state["properties"] == {"big": 9007199254740993}
    assert state["version"] == 3


def test_any_two_versions_are_compared_and_a_field_tells_who_set_it(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    create_agent(client, agent_id)
    url = f"/api/v1/agents/{agent_id}"
    client.patch(url, json={"status": "Processing"}, headers={"Lightning-Reason": "work"})
    for number in range(3):
        client.patch(url, json={"performanceMetrics": {"latencyMs": number}})
    page = at(f"/agents/{agent_id}/").page
    page.fill("[data-version-from]", "1")
    page.fill("[data-version-to]", "3")
    page.keyboard.press("Tab")
    difference = page.locator("[data-diff]")
    expect(difference.locator("[data-diff-field]")).to_have_count(2)
    expect(difference.locator('[data-diff-field="status"]')).to_contain_text("Processing")
    assert "from=1" in page.url
    page.click('.why-link[href*="why=status"]')
    expect(page.locator("#why")).to_contain_text("rig-agent made version 2")
    expect(page.locator("#why")).to_contain_text("work")


def test_a_refusal_is_told_with_its_request_id_and_an_operator_may_force(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    run = new_id("run")
    client.put(f"/api/v1/research/{run}", json={"query": "q"}).raise_for_status()
    page = at(f"/research/{run}/").page
    client.patch(f"/api/v1/research/{run}", json={"status": "InProgress"}).raise_for_status()
    expect(page.locator(".step-current")).to_have_text("InProgress")
    page.click("[data-action=fail]")
    client.patch(f"/api/v1/research/{run}", json={"status": "Completed"}).raise_for_status()
    page.click("[data-action-confirm]")
    problem = page.locator("[data-action-problem]")
    expect(problem).to_contain_text("version_conflict · request ")
    page.click("[data-action-confirm]")
    expect(problem).to_contain_text("illegal_transition")
    page.check("#action-dialog [name=force]")
    page.click("[data-action-confirm]")
    expect(page.locator("#action-dialog")).to_be_hidden()
    assert client.get(f"/api/v1/research/{run}").json()["status"] == "Failed"


def test_a_verification_is_decided_by_somebody(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    first, second = new_id("check"), new_id("check")
    body = {"sourceId": "s", "content": "c", "confidenceScore": 0.7499, "issues": ["Vague."]}
    for check in (first, second):
        client.put(f"/api/v1/verifications/{check}", json=body).raise_for_status()
    operator = at(f"/verifications/{first}/")
    expect(operator.cell("verification", first, "confidenceScore")).to_have_text("0.7499")
    operator.page.click("[data-action=accept]")
    confirm(operator.page)
    expect(operator.cell("verification", first, "isVerified")).to_have_text("Verified")
    accepted = client.get(f"/api/v1/verifications/{first}").json()
    assert (accepted["verifiedBy"], accepted["confidenceScore"]) == ("operator", 1)
    assert accepted["verifiedAt"] >= accepted["createdAt"]
    operator.go(f"/verifications/{second}/").page.click("[data-action=reject]")
    confirm(operator.page)
    expect(operator.page.locator("#issues")).to_contain_text("Rejected by operator")
