"""The activity: what changed, by whom and why; news are counted and wait until they are wanted."""

from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from tests.browser.agents import change_agent, create_agent
from tests.browser.conftest import Open

NewId = Callable[[str], str]
POISON = "<img src=x onerror=\"document.title='run'\">"


def test_news_are_counted_and_wait_until_they_are_wanted(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id, other_id = new_id("agent"), new_id("agent")
    create_agent(client, agent_id)
    change_agent(client, agent_id, 1)
    reason = {"Lightning-Reason": POISON}
    client.patch(f"/api/v1/agents/{agent_id}", json={"status": "Ready"}, headers=reason)
    operator = at(f"/activity/?id={agent_id}", role="viewer")
    page, rows = operator.page, operator.page.locator("tr[data-event]")
    operator.mark_page()
    expect(rows).to_have_count(3)
    newest = rows.first
    expect(newest).to_have_attribute("data-version", "3")
    expect(newest.locator("[data-field=changeType] .status")).to_have_text("StatusChanged")
    expect(newest.locator("[data-field=what]")).to_have_text("Processing → Ready")
    expect(newest.locator("[data-field=reason]")).to_have_text(POISON)
    expect(newest.locator("[data-field=actor]")).to_have_text("rig-agent")
    expect(newest.locator("[data-field=id] a")).to_have_attribute("href", f"/agents/{agent_id}/")
    newest.locator("summary").click()
    difference = newest.locator("[data-diff-field=status] pre")
    expect(difference).to_have_text(["Processing", "Ready"])

    news = page.locator("#news")
    expect(news).to_be_hidden()
    change_agent(client, agent_id, 3)
    create_agent(client, other_id)
    expect(news).to_contain_text("1 new")
    expect(rows).to_have_count(3)
    expect(newest).to_have_attribute("data-version", "3")
    page.click("[data-news-pause]")
    before = operator.cursor
    change_agent(client, agent_id, 4)
    expect(page.locator(f"html[data-cursor='{before}']")).to_have_count(0)
    expect(news).to_contain_text("1 new")
    page.click("[data-news-pause]")
    expect(news).to_contain_text("2 new")
    page.click("[data-news-show]")
    expect(rows).to_have_count(5)
    expect(news).to_be_hidden()
    assert page.title() == "Activity · Lightning State"
    assert page.locator("[data-action]").count() == 0
    assert not operator.was_reloaded


def test_filters_live_in_the_address_and_in_the_exports(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    create_agent(client, agent_id)
    for number in range(60):
        change_agent(client, agent_id, number)
    page = at("/").page
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Activity").click()
    page.fill("[name=id]", agent_id)
    page.press("[name=id]", "Tab")
    page.wait_for_url(f"**/activity/?id={agent_id}")  # one request after the other
    page.select_option("[name=changeType]", "StatusChanged")
    page.wait_for_url(f"**/activity/?id={agent_id}&changeType=StatusChanged")
    rows = page.locator("tr[data-event]")
    expect(rows).to_have_count(50)
    page.click("[rel=next]")
    page.wait_for_url("**&page=*")  # the address follows the rows by a moment
    expect(rows).to_have_count(9)  # the first of the 60 left the status as it was
    page.go_back()
    expect(rows).to_have_count(50)
    expect(page.locator("[name=changeType]")).to_have_value("StatusChanged")
    for name in ("csv", "json"):
        with page.expect_download() as download:
            page.click(f"[data-export={name}]")
        assert download.value.suggested_filename == f"activity.{name}"
        text = download.value.path().read_text()
        assert text.count("StatusChanged") == 59
        assert "Created" not in text
    page.select_option("[name=changeType]", "Restored")
    expect(page.locator("#list")).to_contain_text("Nothing matches.")
