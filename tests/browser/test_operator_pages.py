"""Operators' pages: what they show, and what they do."""

from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.test_stepping_in import confirm

NewId = Callable[[str], str]


def test_a_lock_is_seen_and_released_by_an_operator_only(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    wish = {"kind": "agent", "id": agent_id, "owner": "worker-1", "ttlSeconds": 600}
    lock = client.post("/api/v1/locks", json=wish).raise_for_status().json()
    selector = f'[data-lock="{lock["lockId"]}"]'
    viewer = at("/locks/", role="viewer").page
    expect(viewer.locator(selector)).to_contain_text("worker-1")
    expect(viewer.locator(f"{selector} [data-field=expiresAt]")).to_contain_text("in 9 min")
    assert viewer.locator("[data-action]").count() == 0
    page = at("/locks/").page
    page.click(f"{selector} [data-action=release]")
    confirm(page)
    expect(page.locator(selector)).to_have_count(0)
    expect(viewer.locator(selector)).to_have_count(0)
    assert client.get("/api/v1/locks", params={"id": agent_id}).json()["items"] == []


def test_an_alert_is_acknowledged_with_a_note_by_an_operator_only(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    failed = {"agentType": "Researcher", "status": "Failed"}
    client.put(f"/api/v1/agents/{agent_id}", json=failed).raise_for_status()
    page = at("/alerts/?rule=agent_failed").page
    row = page.locator("[data-alert]", has_text=agent_id)
    expect(row.locator("[data-field=severity]")).to_have_text("critical")
    link = row.locator("[data-field=subject] a")
    expect(link).to_have_attribute("href", f"/agents/{agent_id}/")
    row.locator("[data-action=acknowledge]").click()
    confirm(page, "on it ✓")
    expect(row.locator("[data-field=acknowledgedBy]")).to_contain_text("operator")
    expect(row.locator("[data-field=acknowledgedBy]")).to_contain_text("on it ✓")
    expect(row.locator("[data-action]")).to_have_count(0)
    viewer = at("/alerts/?state=all", role="viewer").page
    expect(viewer.locator("[data-alert]", has_text=agent_id)).to_be_visible()
    assert viewer.locator("[data-action]").count() == 0
    assert page.request.get("/alerts/?state=never").status == 400


def test_caches_operations_and_instances_are_told_without_javascript(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    client.get(f"/api/v1/agents/{new_id('agent')}")
    page = at("/", role="viewer").page
    cache = page.request.get("/cache/?window=15m")
    assert cache.status == 200
    for told in ('data-level-name="L3"', 'data-choice="agent_state"', "data-operation="):
        assert told in cache.text(), told
    system = page.request.get("/system/")
    assert system.status == 200
    for told in ("data-instance=", 'data-check="database"', "Scaling decisions"):
        assert told in system.text(), told
