"""A page of one of two instances: changes at the other one, stillness, death and return."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.agents import assert_changes_are_shown, create_agent
from tests.browser.conftest import Open
from tests.rig.backends import Backend
from tests.rig.server import Server, running

NewId = Callable[[str], str]


@pytest.fixture(scope="module")
def here(backend: Backend) -> Iterator[Server]:
    """A second instance beside the shared one, to be mistreated."""
    with running(Server(backend, backend.directory)) as (instance,):
        yield instance


def test_a_change_on_another_instance_is_shown_within_a_second(
    here: Server, server: Server, at: Open, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    client = server.client_as("agent")
    create_agent(client, agent_id)
    operator = at(f"/agents/?q={agent_id}", server=here)
    operator.mark_page()
    assert_changes_are_shown(operator, client, agent_id)


@pytest.mark.faults
def test_a_page_lags_greys_and_waits_with_the_server_and_comes_back_missing_nothing(
    here: Server, server: Server, at: Open, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    client = server.client_as("agent")
    create_agent(client, agent_id)
    operator = at(f"/agents/{agent_id}/", server=here)
    operator.mark_page()
    pause = operator.page.locator("[data-action=pause]")
    expect(pause).to_be_enabled()
    here.pause()
    operator.wait_until("lagging")
    expect(pause).to_be_disabled()
    operator.page.wait_for_selector("html[data-stale]", state="attached")
    here.resume()
    operator.wait_until("live")
    expect(pause).to_be_enabled()
    expect(operator.page.locator("html[data-stale]")).to_have_count(0)

    here.kill()
    operator.wait_until("reconnecting")
    # Written before the page is back: only a resumed log or a fresh reading can tell of it.
    change = {"status": "Processing", "activeTaskIds": ["while-away"]}
    client.patch(f"/api/v1/agents/{agent_id}", json=change).raise_for_status()
    here.restart()
    operator.wait_until("live")
    expect(operator.cell("agent", agent_id, "status")).to_have_text("Processing")
    expect(operator.page.locator("#tasks")).to_contain_text("while-away")
    assert not operator.was_reloaded
