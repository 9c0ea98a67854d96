"""The browser and the operators for tests of the dashboard."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.operator import Operator
from tests.browser.windows import Windows
from tests.rig.browser import chromium
from tests.rig.server import Server

Open = Callable[..., Operator]
LONG = "a-name-that-does-not-end-" * 7


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all tests of this folder: none of them runs an event loop of its own."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def windows(browser: Browser, server: Server) -> Iterator[Windows]:
    opened = Windows(browser, server)
    yield opened
    opened.close()


@pytest.fixture
def open_page(windows: Windows) -> Iterator[Windows]:
    """Opens pages; a script error or a blocked resource in one fails the test."""
    yield windows
    windows.take_back()


@pytest.fixture
def at(open_page: Windows) -> Open:
    """An operator at a page that follows its server: `at("/agents/", width=375)`.

    Takes what `open_page` takes.
    """

    def opened(path: str, **options: Any) -> Operator:
        return Operator(open_page(path, **options)).wait_until("live")

    return opened


@pytest.fixture
def every_path(
    client: httpx.Client,
    client_as: Callable[[str], httpx.Client],
    new_id: Callable[[str], str],
) -> list[str]:
    """Every page's path, with states on them whose texts are as long as they may come."""
    agent_id, research_id, check_id = (new_id(LONG[:150]) for _ in range(3))
    agent = {
        "agentType": LONG[:100],
        "status": "Initializing",
        "activeTaskIds": [LONG, "short"],
        "properties": {LONG: LONG, "nested": {"deep": [LONG] * 3}},
        "performanceMetrics": {LONG: 1.5, "latencyMs": 12345678.9},
    }
    fact = {"content": LONG * 3, "source": f"https://example.org/{LONG}", "confidenceScore": 0.4}
    research = {
        "query": LONG * 2,
        "sources": [LONG],
        "extractedFacts": [fact],
        "metadata": {LONG: LONG},
    }
    check = {"sourceId": research_id, "content": LONG * 2, "issues": [LONG], "verifiedBy": LONG}
    for path, body in (
        (f"/agents/{agent_id}", agent),
        (f"/research/{research_id}", research),
        (f"/verifications/{check_id}", check),
    ):
        response = client.put(f"/api/v1{path}", json=body)
        assert response.status_code == 201, response.text
    lock = {"kind": "agent", "id": agent_id, "owner": LONG[:100], "ttlSeconds": 3600}
    client.post("/api/v1/locks", json=lock).raise_for_status()
    order = {"kind": "agent", "action": "pause", "ids": [agent_id], "name": LONG}
    reason = {"Lightning-Reason": LONG * 2}
    job = client_as("operator").post("/api/v1/jobs", json=order, headers=reason)
    assert job.status_code == 201, job.text
    return [
        "/",
        "/agents/?limit=10",  # axe looks at every cell
        "/research/?limit=10",
        "/verifications/?limit=10",
        "/activity/",
        "/agents/?limit=10&at=2099-01-01T00:00:00Z",
        "/alerts/",
        "/alerts/?state=all",
        "/locks/",
        "/jobs/",
        f"/jobs/{job.json()['id']}/",
        "/cache/",
        "/system/",
        "/keys/",
        f"/agents/{agent_id}/",
        f"/research/{research_id}/",
        f"/verifications/{check_id}/",
    ]
