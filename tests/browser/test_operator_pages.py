"""Operators' pages: what they show, and what they do."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.test_stepping_in import confirm
from tests.rig.browser import log_in
from tests.rig.ports import free_port
from tests.rig.server import REQUEST_SECONDS, FreshServer, Server
from tests.rig.waiting import wait_for

NewId = Callable[[str], str]


def test_a_lock_is_seen_and_released_by_an_operator_only(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    wish = {"kind": "agent", "id": agent_id, "owner": "worker-1", "ttlSeconds": 600}
    lock = client.post("/api/v1/locks", json=wish).raise_for_status().json()
    selector = f'[data-lock="{lock["lockId"]}"]'
    viewer = at("/locks/", role="viewer").page
    expect(viewer.locator(selector)).to_contain_text("worker-1")
    expect(viewer.locator(f"{selector} [data-field=expiresAt]")).to_contain_text("in 9 min")
    assert viewer.locator("[data-action]").count() == 0
    page = at("/locks/").page
    page.click(f"{selector} [data-action=release]")
    confirm(page)
    expect(page.locator(selector)).to_have_count(0)
    expect(viewer.locator(selector)).to_have_count(0)
    assert client.get("/api/v1/locks", params={"id": agent_id}).json()["items"] == []


def test_an_alert_is_acknowledged_with_a_note_by_an_operator_only(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    failed = {"agentType": "Researcher", "status": "Failed"}
    client.put(f"/api/v1/agents/{agent_id}", json=failed).raise_for_status()
    page = at("/alerts/?rule=agent_failed").page
    row = page.locator("[data-alert]", has_text=agent_id)
    expect(row.locator("[data-field=severity]")).to_have_text("critical")
    link = row.locator("[data-field=subject] a")
    expect(link).to_have_attribute("href", f"/agents/{agent_id}/")
    row.locator("[data-action=acknowledge]").click()
    confirm(page, "on it ✓")
    expect(row.locator("[data-field=acknowledgedBy]")).to_contain_text("operator")
    expect(row.locator("[data-field=acknowledgedBy]")).to_contain_text("on it ✓")
    expect(row.locator("[data-action]")).to_have_count(0)
    viewer = at("/alerts/?state=all", role="viewer").page
    expect(viewer.locator("[data-alert]", has_text=agent_id)).to_be_visible()
    assert viewer.locator("[data-action]").count() == 0
    assert page.request.get("/alerts/?state=never").status == 400


def test_a_test_message_is_sent_to_every_channel_by_an_operator_only(
    at: Open, fresh_server: FreshServer
) -> None:
    with listening_channel() as (taken, url):
        server = fresh_server(LIGHTNING_ALERT_URLS=f"{url},json://127.0.0.1:{free_port()}/")
        with httpx.Client(base_url=server.url, cookies=log_in(server, "viewer")) as viewer:
            seen = viewer.get("/alerts/", timeout=REQUEST_SECONDS).text
        assert seen.count("data-channel-result") == 2
        assert "data-action=" not in seen
        page = at("/alerts/", server=server).page
        page.click("[data-action=test-channels]")
        results = page.locator("[data-channel-result]")
        expect(results.nth(0)).to_contain_text("delivered")
        expect(results.nth(1)).to_contain_text("failed")
        # A machine that stands still for a moment may have raised an alert: that is delivered too.
        assert sum(b"This channel works." in message for message in taken) == 1


@contextmanager
def listening_channel() -> Iterator[tuple[list[bytes], str]]:
    """An Apprise channel (json://) that takes every message: what it took, and its URL."""
    taken: list[bytes] = []

    class Channel(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Channel)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield taken, f"json://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_a_key_is_made_shown_once_and_revoked_by_an_admin_only(
    at: Open, server: Server, new_id: NewId
) -> None:
    operator = at("/").page
    assert operator.locator('a[href="/keys/"]').count() == 0
    assert operator.request.get("/keys/").status == 403
    name = new_id("made")
    page = at("/keys/", role="admin").page
    page.click("[data-action=make-key]")
    page.fill("#key-dialog [name=name]", name)
    page.select_option("#key-dialog [name=role]", "viewer")
    page.fill("#key-dialog [name=expiresInDays]", "0")
    page.click("[data-key-confirm]")
    expect(page.locator("[data-key-made]")).to_be_hidden()
    page.fill("#key-dialog [name=expiresInDays]", "3")
    page.click("[data-key-confirm]")
    expect(page.locator("[data-key-made]")).to_be_visible()
    key = page.inner_text("[data-made-key]").strip()
    client = server.client(key)
    assert client.get("/api/v1/summary").status_code == 200
    page.click("text=I have it")
    assert key not in page.content()
    assert key not in page.request.get("/keys/").text()
    assert not [one for one in page.context.cookies() if key.partition(".")[2] in one["value"]]
    row = page.locator("[data-api-key]", has_text=name)
    expect(row.locator("[data-field=expiresAt]")).to_contain_text("in 2 d")
    row.locator("[data-action=revoke]").click()
    confirm(page, "it leaked ✓")
    expect(row.locator("[data-field=state]")).to_have_text("revoked")
    expect(row.locator("[data-field=revokedAt]")).to_contain_text("admin “it leaked ✓”")
    wait_for(
        lambda: client.get("/api/v1/summary").status_code == 401,
        timeout_seconds=5,
        what="the revocation",
    )


def test_a_verification_shows_reasons_and_evidence(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    run, wrong = new_id("run"), new_id("check")
    passage = "The bridge over the Zambezi is 198 metres long."
    fact = {
        "id": wrong,
        "content": passage,
        "source": "https://example.org/b",
        "verificationStatus": "Disputed",
    }
    body = {"query": "How long is it?", "extractedFacts": [fact]}
    client.put(f"/api/v1/research/{run}", json=body).raise_for_status()
    claim = "The bridge over the Zambezi is 250 metres long."
    issue = "refuted by the source: number"
    for check_id, source in ((wrong, run), (f"{wrong}-fact", wrong)):
        check = {"sourceId": source, "content": claim, "issues": [issue], "confidenceScore": 0.1}
        client.put(f"/api/v1/verifications/{check_id}", json=check).raise_for_status()
    page = at(f"/verifications/{wrong}/", role="viewer").page
    expect(page.locator("[data-issue]")).to_have_text(issue)
    expect(page.locator("#evidence [data-field=verdict]")).to_have_text("refuted")
    expect(page.locator("[data-evidence]")).to_have_text(passage)
    expect(page.locator("[data-reasons]")).to_contain_text("198")
    page.goto(f"/research/{run}/")
    disputed = page.locator(".fact-doubt", has_text=passage)
    expect(disputed).to_contain_text("Disputed")
    expect(disputed).to_contain_text(issue)


def test_caches_operations_and_instances_are_told_without_javascript(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    client.get(f"/api/v1/agents/{new_id('agent')}")
    page = at("/", role="viewer").page
    cache = page.request.get("/cache/?window=15m")
    assert cache.status == 200
    for told in ('data-level-name="L3"', 'data-choice="agent_state"', "data-operation="):
        assert told in cache.text(), told
    system = page.request.get("/system/")
    assert system.status == 200
    for told in ("data-instance=", 'data-check="database"', "Scaling decisions"):
        assert told in system.text(), told
