"""§13: ``?at=`` shows the lists as they were, with the filters and orders of §2."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.bodies import fact
from tests.contract.sessions import signed_in
from tests.rig.server import Server

NewId = Callable[[str], str]
Shown = list[tuple[str, int]]
ROW = re.compile(r'<tr[^>]* data-id="([^"]+)" data-version="([0-9]+)"')
TYPES = ("Critic", "Researcher")


@pytest.fixture(scope="module")
def viewer(server: Server) -> httpx.Client:
    return signed_in(server, "viewer")


def listed(client: httpx.Client, segment: str, filters: dict[str, str]) -> Shown:
    """What the API lists just now: id and version of each."""
    items = client.get(f"/api/v1/{segment}", params=filters).raise_for_status().json()["items"]
    name = {"agents": "agentId", "research": "researchId", "verifications": "verificationId"}
    return [(item[name[segment]], item["version"]) for item in items]


def shown(viewer: httpx.Client, path: str, **parameters: str) -> Shown:
    """The rows of a page of the dashboard, and of the pages behind it."""
    found: Shown = []
    link = str(httpx.URL(path, params=parameters))
    while link:
        answer = viewer.get(link)
        assert answer.status_code == 200, answer.text[:500]
        found += [(state_id, int(version)) for state_id, version in ROW.findall(answer.text)]
        more = re.search(r'href="([^"]+)" rel="next"', answer.text)
        link = path + more[1].replace("&amp;", "&") if more else ""
    return found


@pytest.mark.slow
def test_each_list_is_shown_as_it_was_whatever_came_after(
    viewer: httpx.Client, client: httpx.Client, new_id: NewId
) -> None:
    word = new_id("fleet")
    ids = [f"{word}-{number}" for number in range(5)]
    asked = [
        ("agents", {"q": word}),
        ("agents", {"q": word, "status": "Ready"}),
        ("agents", {"q": word, "agentType": "Critic", "ordering": "-lastUpdated", "limit": "2"}),
        ("agents", {"q": word, "ordering": "createdAt", "limit": "2"}),
        ("research", {"q": word, "status": "InProgress", "ordering": "createdAt"}),
        ("verifications", {"sourceId": word, "verified": "true", "ordering": "-id"}),
        ("verifications", {"sourceId": word, "minConfidence": "0.7", "ordering": "id"}),
    ]
    moments: list[tuple[str, str, list[Shown]]] = []

    def remember() -> None:
        newest_of_all = {"activeTaskIds": [f"task-{len(moments)}"]}
        client.patch(f"/api/v1/agents/{ids[0]}", json=newest_of_all).raise_for_status()
        events = client.get("/api/v1/events").json()
        past = [listed(client, each, filters | {"limit": "100"}) for each, filters in asked]
        newest = client.get(f"/api/v1/agents/{ids[0]}/history?limit=1").json()["items"][0]
        moments.append((events["cursor"], newest["at"], past))

    for number, state_id in enumerate(ids):
        agent = {"agentType": TYPES[number % 2], "status": "Ready", "properties": {"w": word}}
        client.put(f"/api/v1/agents/{state_id}", json=agent).raise_for_status()
        client.put(
            f"/api/v1/research/{state_id}", json={"query": word, "extractedFacts": [fact(number)]}
        ).raise_for_status()
        check = {"sourceId": word, "content": word, "confidenceScore": 0.6 + number / 10}
        client.put(f"/api/v1/verifications/{state_id}", json=check).raise_for_status()
    remember()
    for step in range(11):
        for number, state_id in enumerate(ids):
            if (step + number) % 3 == 0 and not (number == 2 and 4 < step <= 7):
                status = ("Processing", "Ready")[step % 2]
                patch: dict[str, Any] = {"status": status, "performanceMetrics": {"step": step}}
                client.patch(f"/api/v1/agents/{state_id}", json=patch).raise_for_status()
        if step == 2:
            client.patch(f"/api/v1/research/{ids[1]}", json={"status": "InProgress"})
            client.patch(f"/api/v1/verifications/{ids[4]}", json={"isVerified": True})
        elif step == 4:
            client.delete(f"/api/v1/agents/{ids[2]}", headers={"If-Match": "*"}).raise_for_status()
            client.delete(f"/api/v1/research/{ids[1]}", headers={"If-Match": "*"})
        elif step == 7:
            again = {"agentType": "Critic", "status": "Paused", "properties": {"w": word}}
            client.put(f"/api/v1/agents/{ids[2]}", json=again).raise_for_status()
        if step in (3, 5, 9):
            remember()
    for cursor, at, past in moments:
        for (segment, filters), then in zip(asked, past, strict=True):
            assert shown(viewer, f"/{segment}/", **filters, at=cursor) == then, (segment, filters)
        # A time names the same moment.
        assert shown(viewer, "/agents/", q=word, at=at) == past[0]
    assert shown(viewer, "/agents/", q=word, at="2020-01-01T00:00:00Z") == []


def test_pages_of_the_past_that_are_cut_lose_no_state(
    fresh_server: Callable[..., Server],
) -> None:
    """On a database of its own: a page a state is a statement a state, for every moment."""
    server = fresh_server()
    client, backend = server.client_as("agent"), server.backend
    for number in range(3):
        path = f"/api/v1/agents/agent-{number}"
        client.put(path, json={"agentType": "A", "status": "Ready"}).raise_for_status()
        for step in range(6):
            patch = {"performanceMetrics": {"step": step}}
            client.patch(path, json=patch).raise_for_status()
    told = backend.manage(
        "shell",
        "--no-imports",
        "-c",
        "from dataclasses import replace\n"
        "from state.changelog.read import log_position\n"
        "from state.domain.kinds import Kind\n"
        "from state.store import past\n"
        "end = log_position().last_seq\n"
        "def fleets():\n"
        "    places = range(max(end - 21, 0), end + 1)\n"
        "    return [[one.body for one in past.states_at(Kind.AGENT, seq)] for seq in places]\n"
        "select, whole = past._select, fleets()\n"
        "for size in (1, 400, 1500):\n"
        "    past._select = lambda *of: replace(select(*of), page_bytes=size)\n"
        "    assert fleets() == whole\n"
        "past._select = select\n"  # whoever is given this process next
        "print(len(whole), len(whole[-1]) - len(whole[0]))",
    )
    assert told.split() == ["22", "3"]


@pytest.mark.one_place
def test_a_moment_that_cannot_be_shown_is_said_to_be_so(
    viewer: httpx.Client, client: httpx.Client, new_id: NewId
) -> None:
    client.put(f"/api/v1/agents/{new_id('a')}", json={"agentType": "A", "status": "Ready"})
    now = client.get("/api/v1/events").json()["cursor"]
    for path in ("/", "/agents/", "/research/", "/verifications/"):
        for at in ("yesterday", "2026-13-01T00:00:00Z", now[:-1], f"{now}0"):
            answer = viewer.get(path, params={"at": at})
            assert answer.status_code == 400, (path, at)
            assert "This moment cannot be read" in answer.text
        assert viewer.get(path, params={"at": now}).status_code == 200
    for wrong in ({"colour": "red"}, {"status": "Nope"}, {"page": "x"}):
        assert viewer.get("/agents/", params={"at": now, **wrong}).status_code == 400, wrong


def test_a_moment_before_what_is_kept_is_said_to_be_so(
    fresh_server: Callable[..., Server],
) -> None:
    server = fresh_server()
    client, viewer = server.client_as("agent"), signed_in(server, "viewer")
    created = client.put("/api/v1/agents/a", json={"agentType": "A", "status": "Ready"}).json()
    client.patch("/api/v1/agents/a", json={"status": "Paused"}).raise_for_status()
    assert shown(viewer, "/agents/", at=created["lastUpdated"]) in ([("a", 1)], [])
    server.backend.manage("prune_history", "--days", "0")
    for path in ("/", "/agents/"):
        answer = viewer.get(path, params={"at": "2026-01-01T00:00:00Z"})
        assert answer.status_code == 410
        assert "before what is kept" in answer.text
