"""The command palette and the shortcuts: everything is reached by keyboard."""

from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from tests.browser.agents import create_agent
from tests.browser.conftest import Open

NewId = Callable[[str], str]


def test_pages_states_and_actions_are_reached_by_keyboard(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    create_agent(client, agent_id)
    operator = at("/")
    page = operator.page
    palette, keys = page.locator("[data-palette]"), page.keyboard
    choices = palette.locator("li:not([hidden])")

    keys.press("?")
    expect(page.locator("[data-help]")).to_be_visible()
    keys.press("Escape")
    keys.press("Control+k")
    expect(palette).to_be_visible()
    keys.type("locks")
    expect(choices).to_have_count(1)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Locks")

    keys.press("Control+k")
    keys.type(agent_id)
    expect(choices).to_have_count(1)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(agent_id)

    operator.wait_until("live")  # else the page offers no actions
    keys.press("Control+k")
    keys.type("fail…")
    expect(choices).to_have_count(1)
    keys.press("Enter")
    expect(palette).to_be_hidden()
    expect(page.locator("#action-dialog")).to_contain_text(f"Mark {agent_id} as failed?")
    keys.press("Escape")

    keys.press("Control+k")
    keys.type("theme: dark")
    keys.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    keys.press("g")
    keys.press("a")
    expect(page.get_by_role("heading", level=1)).to_have_text("Agents")
    keys.press("/")
    expect(page.get_by_placeholder("Search agents")).to_be_focused()

    viewer = at(f"/agents/{agent_id}/", role="viewer").page
    viewer.keyboard.press("Control+k")
    expect(viewer.locator("[data-palette] li", has_text="Fail…")).to_have_count(0)
