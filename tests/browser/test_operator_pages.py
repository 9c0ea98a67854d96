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
