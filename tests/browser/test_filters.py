"""Filters of lists: what is asked last is shown, and what the server missed is asked again."""

from collections.abc import Callable

import httpx
from playwright.sync_api import Route, expect

from tests.browser.conftest import Open

NewId = Callable[[str], str]
ASKED = "**/agents/?q=*-0"


def create_agents(client: httpx.Client, name: str, number: int) -> None:
    state = {"agentType": "A", "status": "Ready"}
    items = [{"id": f"{name}-{index:02d}", "state": state} for index in range(number)]
    client.post("/api/v1/agents/batch-set", json={"items": items}).raise_for_status()


def test_a_click_is_not_overtaken_by_a_filter_that_was_asked_for_before(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    name = new_id("many")
    create_agents(client, name, 55)
    page = at(f"/agents/?q={name}", own=True).page
    held: list[Route] = []
    page.route(ASKED, lambda route: held.append(route))
    with page.expect_request(ASKED) as asked:
        page.get_by_placeholder("Search agents").fill(f"{name}-0")
    page.click("[rel=next]")  # leaves the field, which asks for the filter once more
    page.wait_for_url("**&page=*")
    rows = page.locator("[data-kind=agent]")
    expect(rows).to_have_count(5)
    with page.expect_event("requestfinished", lambda request: request == asked.value):
        for route in held:
            route.continue_()
    page.evaluate("new Promise(requestAnimationFrame)")
    assert "&page=" in page.url
    expect(rows).to_have_count(5)
    expect(page.locator("[name=q]")).to_have_value(name)


def test_a_filter_that_no_server_hears_says_so_and_is_applied_when_there_is_one(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    name = new_id("few")
    create_agents(client, name, 3)
    page = at(f"/agents/?q={name}", own=True).page
    search, rows = page.get_by_placeholder("Search agents"), page.locator("[data-kind=agent]")
    waits = page.locator("#filter-waits")
    expect(rows).to_have_count(3)
    page.context.set_offline(True)
    search.fill(f"{name}-01")
    expect(waits).to_be_visible()
    expect(rows).to_have_count(3)
    page.context.set_offline(False)
    expect(rows).to_have_count(1)
    expect(waits).to_be_hidden()
    page.wait_for_url(f"**/agents/?q={name}-01")
    # A server that is there and cannot: what it says instead of a list takes no list away.
    page.route(ASKED, lambda route: route.fulfill(status=503, body="Not now."))
    search.fill(f"{name}-0")
    expect(waits).to_be_visible()
    expect(rows).to_have_count(1)
    page.unroute(ASKED)
    expect(rows).to_have_count(3)
    expect(waits).to_be_hidden()
