"""What a page does while it is not looked at, not live, or in somebody's hands."""

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from tests.browser.agents import change_agent, create_agent
from tests.browser.conftest import Open

NewId = Callable[[str], str]
COUNT_FRAMES = """
    window.framesReceived = 0;
    const Opened = window.WebSocket;
    window.WebSocket = class extends Opened {
        constructor(url) {
            super(url);
            this.addEventListener("message", () => (window.framesReceived += 1));
        }
    };
"""


def hide(page: Page, hidden: bool) -> None:
    """The tab goes behind others, or comes back; headless pages are always in front."""
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_hidden_page_is_told_next_to_nothing_and_then_what_it_missed(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    create_agent(client, agent_id)
    operator = at(f"/agents/{agent_id}/", own=True)
    page = operator.page
    page.add_init_script(COUNT_FRAMES)
    page.clock.install()
    operator.go(f"/agents/{agent_id}/")
    seen = at(f"/agents/{agent_id}/")
    hide(page, True)
    before = page.evaluate("window.framesReceived")
    last = [change_agent(client, agent_id, number) for number in range(1, 38)][-1]
    while_hidden = page.evaluate("window.framesReceived") - before
    expect(seen.cell("agent", agent_id, "version")).to_have_text(str(last["version"]))
    page.clock.run_for(6000)
    hide(page, False)
    expect(operator.cell("agent", agent_id, "version")).to_have_text(str(last["version"]))
    expect(page.locator("#away")).to_contain_text("37 changes while you were away")
    assert while_hidden <= 3  # what was on its way, and at most a sign of life


def test_rows_stay_where_they_are_under_the_pointer(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    name = new_id("hold")
    create_agent(client, f"{name}-b")
    operator = at(f"/agents/?q={name}")
    page = operator.page
    operator.row("agent", f"{name}-b").hover()
    create_agent(client, f"{name}-a")
    held = page.locator("#held")
    expect(held).to_contain_text("1 change")
    assert operator.row("agent", f"{name}-a").count() == 0
    page.click("[data-apply-changes]")
    operator.row("agent", f"{name}-a").wait_for()
    expect(held).to_be_hidden()


def test_ages_are_told_by_the_servers_clock(at: Open, client: httpx.Client, new_id: NewId) -> None:
    agent_id = new_id("agent")
    create_agent(client, agent_id)
    operator = at("/", own=True)
    operator.page.add_init_script(
        "const now = Date.now; Date.now = () => now() - 600000;"  # ten minutes behind
    )
    operator.go(f"/agents/{agent_id}/")
    age = operator.cell("agent", agent_id, "lastUpdated").locator("time")
    expect(age).not_to_have_text("now")
    assert age.inner_text().endswith("s ago")


def test_an_ended_session_leads_to_the_sign_in_and_back(at: Open) -> None:
    operator = at("/agents/?status=Ready")
    operator.page.context.clear_cookies()
    operator.page.evaluate("document.dispatchEvent(new CustomEvent('acted'))")
    operator.page.wait_for_url("**/accounts/login/?next=%2Fagents%2F%3Fstatus%3DReady")
