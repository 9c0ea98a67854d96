"""Operators' pages: what they show, and what they do."""

from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.test_stepping_in import confirm
from tests.rig.server import Server
from tests.rig.waiting import wait_for

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


def test_a_key_is_made_shown_once_and_revoked_by_an_admin_only(
    at: Open, server: Server, new_id: NewId
) -> None:
    operator = at("/").page
    assert operator.locator('a[href="/keys/"]').count() == 0
    assert operator.request.get("/keys/").status == 403
    name = new_id("made")
    page = at("/keys/", role="admin").page
    page.click("[data-action=make-key]")
    page.fill("#key-dialog [name=name]", name)
    page.select_option("#key-dialog [name=role]", "viewer")
    page.fill("#key-dialog [name=expiresInDays]", "0")
    page.click("[data-key-confirm]")
    expect(page.locator("[data-key-made]")).to_be_hidden()
    page.fill("#key-dialog [name=expiresInDays]", "3")
    page.click("[data-key-confirm]")
    expect(page.locator("[data-key-made]")).to_be_visible()
    key = page.inner_text("[data-made-key]").strip()
    client = server.client(key)
    assert client.get("/api/v1/summary").status_code == 200
    page.click("text=I have it")
    assert key not in page.content()
    assert key not in page.request.get("/keys/").text()
    assert not [one for one in page.context.cookies() if key.partition(".")[2] in one["value"]]
    row = page.locator("[data-api-key]", has_text=name)
    expect(row.locator("[data-field=expiresAt]")).to_contain_text("in 2 d")
    row.locator("[data-action=revoke]").click()
    confirm(page, "it leaked ✓")
    expect(row.locator("[data-field=state]")).to_have_text("revoked")
    expect(row.locator("[data-field=revokedAt]")).to_contain_text("admin “it leaked ✓”")
    wait_for(
        lambda: client.get("/api/v1/summary").status_code == 401,
        timeout_seconds=5,
        what="the revocation",
    )


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
