"""The fleet at a time: a bar says which, nothing of now comes in, and the way back is short."""

from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from tests.browser.agents import change_agent, create_agent
from tests.browser.conftest import Open

NewId = Callable[[str], str]


def test_the_past_stands_still_and_leads_back_to_now(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    create_agent(client, agent_id)
    change_agent(client, agent_id, 1)
    then = client.get("/api/v1/events").json()["cursor"]
    change_agent(client, agent_id, 2)
    operator = at(f"/agents/?q={agent_id}")
    page = operator.page
    operator.mark_page()
    assert page.get_attribute("html", "data-at") is None
    expect(operator.row("agent", agent_id, 3)).to_be_visible()

    page.click("#travel-link")
    page.wait_for_selector("html[data-at]", state="attached")
    expect(operator.row("agent", agent_id, 3)).to_be_visible()
    page.click("[data-earlier]")
    row = operator.row("agent", agent_id, 2)
    expect(row).to_be_visible()
    expect(row.locator("[data-field=status]")).to_have_text("Processing")
    page.wait_for_selector(f"html[data-at='{then}']", state="attached")
    expect(page.locator("[data-action], [data-select]")).to_have_count(0)
    assert page.locator(".time-density rect").count() > 0
    assert "lastSeen" not in page.locator("thead").inner_html()
    assert page.locator("thead th").count() == row.locator("td").count()
    tab = page.locator('[data-count="agent.total"]').first
    total = tab.inner_text()

    create_agent(client, new_id(agent_id))
    change_agent(client, agent_id, 3)
    beside = at(f"/agents/?q={agent_id}").page
    expect(beside.locator("tr[data-kind]")).to_have_count(2)
    expect(page.locator("tr[data-kind]")).to_have_count(1)
    expect(row.locator("[data-field=status]")).to_have_text("Processing")
    assert tab.inner_text() == total

    page.locator("[data-time-slider]").fill("0")
    page.wait_for_url(f"**/agents/?q={agent_id}&at=*")
    expect(page.locator("#list")).to_contain_text("Nothing matches.")
    page.click("[data-back-to-now]")
    expect(operator.row("agent", agent_id, 4)).to_be_visible()
    expect(page.locator("html")).not_to_have_attribute("data-at", then)
    assert page.get_attribute("html", "data-at") is None
    expect(operator.row("agent", agent_id).locator("[data-select]")).to_have_count(1)
    assert not operator.was_reloaded


def test_the_overview_counts_what_there_was(at: Open, client: httpx.Client, new_id: NewId) -> None:
    create_agent(client, new_id("agent"))
    before = client.get("/api/v1/summary").json()
    agent_id = new_id("agent")
    create_agent(client, agent_id)
    client.delete(f"/api/v1/agents/{agent_id}", headers={"If-Match": "*"}).raise_for_status()
    create_agent(client, new_id("agent"))
    page = at(f"/?at={before['cursor']}", role="viewer").page
    for kind, segment in (("agent", "agents"), ("research", "research")):
        shown = page.locator(f'main [data-count="{kind}.total"]')
        expect(shown).to_have_text(f"{before[segment]['total']:,}")
        for status, count in before[segment]["byStatus"].items():
            expect(page.locator(f'main [data-count="{kind}.{status}"]')).to_have_text(f"{count:,}")
    newest = page.locator("main [data-event]").first
    assert newest.get_attribute("data-event") == before["cursor"]
    assert agent_id not in page.locator("main").inner_text()
    page.locator("main .counts a", has_text="Ready").click()
    page.wait_for_url(f"**/agents/?status=Ready&at={before['cursor']}")
    page.wait_for_selector(f"html[data-at='{before['cursor']}']", state="attached")
