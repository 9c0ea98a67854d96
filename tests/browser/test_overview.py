"""The first page: filled when it opens, and following from then on."""

import re
from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from tests.browser.agents import change_agent, create_agent
from tests.browser.conftest import Open
from tests.rig.waiting import wait_for

NewId = Callable[[str], str]
SAME_CALLS = """() => new Set(
    ["[data-traffic-now=operations]", "[data-now-row] [data-of=operations]"].map(
        (one) => document.querySelector(one).textContent.trim())).size === 1"""
"""In one look: the number moves on with every second."""


def test_the_overview_is_filled_at_once_and_follows(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    failed, busy = new_id("failed"), new_id("busy")
    body = {"agentType": "Researcher", "status": "Failed"}
    client.put(f"/api/v1/agents/{failed}", json=body).raise_for_status()
    create_agent(client, busy)
    page = at("/?range=15m", role="viewer").page

    # Numbers that need no script: as many as the range has minutes, and the one under way.
    for address, minutes in (("/?range=15m", 15), ("/", 60), ("/?range=never", 60)):
        told = page.request.get(address).text()
        assert told.count('data-of="p99"') == minutes + 1, address
        (last_minute,) = re.findall(r'data-pulse="([\d ]*)"', told)
        assert sum(map(int, last_minute.split())) > 0
    expect(page.locator("[data-traffic] canvas")).to_have_count(4)
    expect(page.locator('[data-range="15m"]')).to_have_attribute("aria-current", "true")
    calls = page.locator("[data-traffic-now=operations]")
    expect(calls).not_to_have_text("0")
    shown = calls.inner_text()
    for number in range(30):
        change_agent(client, busy, number)
    expect(calls).not_to_have_text(shown)
    page.click("#traffic-numbers summary")
    wait_for(lambda: page.evaluate(SAME_CALLS), what="one number for the calls of this minute")

    expect(page.locator("[data-trouble=failed-agents]")).to_contain_text(failed)
    lines = page.locator("[data-changes] li")
    page.click("[data-pause-feed]")
    newest = lines.first.get_attribute("data-event")
    change = change_agent(client, busy, 30)
    expect(page.locator('[data-count="agent.Ready"]').first).not_to_have_text("")
    expect(page.locator(f"html[data-cursor='{newest}']")).to_have_count(0)
    assert lines.first.get_attribute("data-event") == newest
    page.click("[data-pause-feed]")
    expect(lines.first).to_contain_text(busy)
    expect(lines.first).not_to_have_attribute("data-event", newest or "")
    assert change["version"] == 32

    page.click('a[href="/agents/?status=Failed"] >> nth=0')
    expect(page.get_by_role("heading", level=1)).to_have_text("Agents")
    assert page.url.endswith("/agents/?status=Failed")
