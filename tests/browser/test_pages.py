"""Pages lead to each other, keep what was chosen, and work without JavaScript."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
from playwright.sync_api import Browser, WebSocket, expect

from tests.browser.agents import create_agent
from tests.browser.conftest import Open
from tests.rig.server import Server

NewId = Callable[[str], str]


def test_the_phone_menu_leads_everywhere(at: Open) -> None:
    page = at("/", width=375).page
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Agents").click()
    page.wait_for_url("**/agents/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Agents")


def test_navigation_keeps_the_page_and_its_socket(at: Open) -> None:
    operator = at("/")
    operator.mark_page()
    others: list[WebSocket] = []
    operator.page.on("websocket", lambda socket: others.append(socket))
    for name in ("Agents", "Research", "Verifications", "Overview"):
        navigation = operator.page.get_by_role("navigation", name="Main")
        navigation.get_by_role("link", name=name).click()
        expect(operator.page.get_by_role("heading", level=1)).to_have_text(name)
        operator.wait_until("live")
    assert not others
    assert not operator.was_reloaded


def test_a_link_leads_where_it_says_now(at: Open) -> None:
    page = at("/").page
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Agents")
    link.evaluate("link => { link.href = '/locks/?after=0'; }")
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Locks")
    page.wait_for_url("**/locks/?after=0")


def test_lists_page_and_filter_without_javascript(
    at: Open, browser: Browser, server: Server, client: httpx.Client, new_id: NewId
) -> None:
    name = new_id("many")
    state = {"agentType": "A", "status": "Ready"}
    items = [{"id": f"{name}-{number:02d}", "state": state} for number in range(55)]
    client.post("/api/v1/agents/batch-set", json={"items": items}).raise_for_status()
    session = at("/").page.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=session)
    page = context.new_page()
    rows = page.locator("[data-kind=agent]")
    page.goto(f"{server.url}/agents/")
    page.fill("[name=q]", name)
    page.click("text=Filter")
    expect(rows).to_have_count(50)
    page.click("text=Next page")
    expect(rows).to_have_count(5)
    page.click("text=First page")
    expect(rows).to_have_count(50)
    page.click("#tabs >> text=Failed")
    expect(rows).to_have_count(0)
    assert f"q={name}" in page.url
    assert "status=Failed" in page.url
    context.close()


def test_filters_are_in_the_address_and_an_unknown_one_is_refused_by_name(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    create_agent(client, agent_id)
    page = at("/agents/").page
    search = page.get_by_placeholder("Search agents")
    search.press_sequentially(agent_id)
    expect(page.locator("[data-kind=agent]")).to_have_count(1)
    expect(search).to_be_focused()
    page.wait_for_url(f"**/agents/?q={agent_id}")
    page.reload()
    expect(page.locator("[data-kind=agent]")).to_have_count(1)
    unknown = page.request.get("/agents/?colour=blue")
    assert unknown.status == 400
    assert "colour" in unknown.text()


def test_a_deleted_state_keeps_its_history_and_an_unknown_one_is_not_found(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    create_agent(client, agent_id)
    page = at(f"/agents/{agent_id}/").page
    client.delete(f"/api/v1/agents/{agent_id}", headers={"If-Match": '"1"'}).raise_for_status()
    expect(page.locator(".notice-deleted")).to_be_visible()
    assert page.request.get(f"/agents/{agent_id}/").status == 410
    expect(page.locator('[data-change-version="2"]')).to_be_visible()
    assert page.request.get(f"/agents/{new_id('nobody')}/").status == 404


HOSTILE = '<img src=x onerror="window.ran = true">'


def test_what_agents_write_is_text(at: Open, client: httpx.Client, new_id: NewId) -> None:
    """In every field of every kind, and on every page that shows it."""
    agent, run, check = new_id("agent"), new_id("run"), new_id("check")
    script = "javascript:window.ran=true"
    fact = {"content": HOSTILE, "source": script, "confidenceScore": 0.5}
    metrics: dict[str, Any] = {HOSTILE: 1}
    bodies: dict[str, dict[str, Any]] = {
        f"agents/{agent}": {
            "agentType": HOSTILE,
            "status": "Ready",
            "activeTaskIds": [HOSTILE],
            "properties": {HOSTILE: HOSTILE},
            "performanceMetrics": metrics,
        },
        f"research/{run}": {
            "query": HOSTILE,
            "sources": [script, HOSTILE],
            "extractedFacts": [fact],
            "metadata": {HOSTILE: [HOSTILE]},
        },
        f"verifications/{check}": {
            "sourceId": run,
            "content": HOSTILE,
            "issues": [HOSTILE],
            "verifiedBy": HOSTILE,
        },
    }
    for path, body in bodies.items():
        client.put(f"/api/v1/{path}", json=body).raise_for_status()
        told = {"Lightning-Reason": HOSTILE}
        patch = {"properties": {"next": HOSTILE}} if "agents" in path else {}
        client.patch(f"/api/v1/{path}", json=patch, headers=told).raise_for_status()
    operator = at("/")
    for path in ("", "agents/", "research/", "verifications/", *(f"{path}/" for path in bodies)):
        operator.go(f"/{path}")
        # Live as well: a frame brings the same texts.
        client.patch(f"/api/v1/agents/{agent}", json={"agentType": HOSTILE}).raise_for_status()
        assert operator.page.locator("img").count() == 0, path
        assert operator.page.locator('a[href^="javascript"]').count() == 0, path
        assert operator.page.evaluate("window.ran") is None, path
    operator.go(f"/agents/{agent}/?why={quote(HOSTILE)}&from=1&to=2")
    operator.page.click("[data-action=edit]")
    assert operator.page.locator("img").count() == 0


def test_the_chosen_theme_is_kept(at: Open) -> None:
    page = at("/").page
    for theme in ("Dark", "Light"):
        page.get_by_role("button", name=theme).click()
        page.reload()
        assert page.get_attribute("html", "data-theme") == theme.lower()


def test_the_documentation_is_light_or_dark_as_the_system_is_or_as_was_chosen(at: Open) -> None:
    page = at("/", theme="dark").page
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    page.goto("/api/docs")
    assert page.evaluate(ground) == "rgb(28, 32, 34)"
    page.emulate_media(color_scheme="light")
    expect(page.locator("html.dark-mode")).to_have_count(0)
    page.context.add_cookies([{"name": "lightning_theme", "value": "dark", "url": page.url}])
    page.reload()
    expect(page.locator("html.dark-mode")).to_have_count(1)


def test_documentation_and_admin_keep_the_content_security_policy(at: Open) -> None:
    """What the policy blocks, or another host is asked for, fails the test (``open_page``)."""
    page = at("/", role="admin").page
    for path, told in (
        ("/api/docs", ".opblock-tag"),
        ("/admin/", "#content"),
        ("/admin/state/agentstate/add/", "[name=agentType]"),
        ("/admin/state/apikey/", "#changelist"),
    ):
        answer = page.goto(path)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy, f"{path}: {policy}"
        page.locator(told).first.wait_for()
