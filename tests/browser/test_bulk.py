"""§13: many rows at once: counted, confirmed with a reason, reported, undone."""

from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import Open

COUNT = 60  # more than a page


def create_fleet(client: httpx.Client, agent_type: str) -> list[str]:
    ids = [f"{agent_type}-{number:02}" for number in range(COUNT)]
    state = {"agentType": agent_type, "status": "Ready"}
    items = [{"id": one, "state": state} for one in ids]
    answer = client.post("/api/v1/agents/batch-set", json={"items": items})
    assert answer.json()["failed"] == 0, answer.text
    return ids


def statuses(client: httpx.Client, agent_type: str) -> set[str]:
    query = {"agentType": agent_type, "limit": 500}
    headers = {"Cache-Control": "no-cache"}
    items = client.get("/api/v1/agents", params=query, headers=headers).json()["items"]
    assert len(items) == COUNT
    return {item["status"] for item in items}


def test_all_that_match_are_paused_with_a_reason_and_undone(
    at: Open, client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    agent_type = new_id("type")
    ids = create_fleet(client, agent_type)
    client.patch(f"/api/v1/agents/{ids[-1]}", json={"status": "Completed"})
    operator = at(f"/agents/?agentType={agent_type}&ordering=-id")
    page = operator.page
    bar, dialog = page.locator("[data-bulk]"), page.locator("#bulk-dialog")
    expect(bar.locator("[data-action=pause]")).to_be_hidden()

    page.locator("[data-select]").nth(1).check()
    page.locator("[data-select]").nth(2).check()
    expect(bar).to_contain_text("2 selected")
    bar.locator("[data-action=set-status]").click()
    expect(dialog.locator("[data-count]")).to_have_text("2")
    dialog.get_by_role("button", name="Cancel").click()

    page.locator("[data-select-all-matching]").check()
    bar.locator("[data-action=pause]").click()
    expect(dialog.locator("[data-count]")).to_have_text(str(COUNT))
    dialog.locator("[name=reason]").fill("a quiet night")
    dialog.locator("[data-confirm]").click()
    results = page.locator("[data-results]")
    expect(results).to_contain_text(f"Done: {COUNT - 1} changed, 1 refused.")
    refused = results.locator("[data-code=illegal_transition] a")
    expect(refused).to_have_text(ids[-1])
    expect(refused).to_have_attribute("href", f"/agents/{ids[-1]}/")
    expect(operator.cell("agent", ids[-2], "status")).to_have_text("Paused")
    newest = client.get(f"/api/v1/agents/{ids[0]}/history").json()["items"][0]
    assert (newest["actor"], newest["reason"]) == ("operator", "a quiet night")

    results.locator("[data-undo]").click()
    expect(results).to_contain_text(f"Done: {COUNT - 1} changed.")
    assert statuses(client, agent_type) == {"Ready", "Completed"}

    results.locator("[data-job-link]").click()
    page.wait_for_url("**/jobs/*/")
    expect(page.locator("[data-field=taken]")).to_have_text(f"{COUNT - 1} of {COUNT - 1}")
    operator.go("/jobs/")
    first = page.locator("[data-job]").nth(1)
    expect(first).to_contain_text("a quiet night")
    expect(first).to_contain_text("undone by")
