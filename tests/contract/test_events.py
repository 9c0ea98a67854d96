"""§5: ``GET /api/v1/events``, the long poll."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.bodies import READY
from tests.contract.conftest import Create
from tests.contract.refusals import assert_refused
from tests.contract.watching import cursor_now, events_after


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


def poll(client: httpx.Client, **parameters: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/events", params=parameters)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    assert page.keys() == {"events", "cursor"}
    return page


def test_without_after_it_is_from_now_at_once(client: httpx.Client, agent: str) -> None:
    began = time.monotonic()
    page = poll(client, wait=20)
    assert time.monotonic() - began < 5
    assert page["events"] == []
    client.patch(agent, json={})
    [event] = events_after(client, page["cursor"], 1)
    assert (event["id"], event["version"]) == (id_of(agent), 2)


def test_it_answers_what_is_there_at_once(client: httpx.Client, create: Create) -> None:
    cursor = cursor_now(client)
    path = create("agents")
    began = time.monotonic()
    page = poll(client, after=cursor, wait=20)
    assert time.monotonic() - began < 5
    assert [one["id"] for one in page["events"]] == [id_of(path)]
    assert page["events"] == client.get(f"{path}/history").json()["items"]


def test_it_waits_for_the_first_event(
    client: httpx.Client, viewer: httpx.Client, agent: str
) -> None:
    pages: list[dict[str, Any]] = []
    cursor = cursor_now(client)
    poller = threading.Thread(
        target=lambda: pages.append(poll(viewer, after=cursor, wait=20, ids=id_of(agent)))
    )
    began = time.monotonic()
    poller.start()
    client.patch(agent, json={})
    poller.join()
    assert time.monotonic() - began < 5
    assert [one["version"] for one in pages[0]["events"]] == [2]


def test_it_answers_empty_when_the_wait_is_over(client: httpx.Client) -> None:
    cursor = cursor_now(client)
    began = time.monotonic()
    page = poll(client, after=cursor, wait=0.3, ids="nobody-has-this-id")
    assert 0.25 < time.monotonic() - began < 5
    assert page["events"] == []


def test_the_cursor_moves_past_what_the_filter_left_out(client: httpx.Client, agent: str) -> None:
    cursor = cursor_now(client)
    client.patch(agent, json={})
    events_after(client, cursor, 1)
    page = poll(client, after=cursor, wait=0, ids="nobody-has-this-id")
    assert poll(client, after=page["cursor"], wait=0, ids=id_of(agent))["events"] == []


def test_limit_ends_a_page(client: httpx.Client, agent: str) -> None:
    cursor = cursor_now(client)
    for _ in range(5):
        client.patch(agent, json={})
    events_after(client, cursor, 5)
    first = poll(client, after=cursor, limit=2)
    rest = poll(client, after=first["cursor"], limit=2)
    assert [one["version"] for one in first["events"] + rest["events"]] == [2, 3, 4, 5]


def test_an_atomic_batch_comes_together_past_the_limit(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    cursor = cursor_now(client)
    client.put(f"/api/v1/agents/{new_id('before')}", json=READY)
    items = [{"id": new_id("together"), "state": READY} for _ in range(5)]
    client.post("/api/v1/agents/batch-set", json={"items": items, "atomic": True})
    events_after(client, cursor, 6)
    page = poll(client, after=cursor, limit=3)
    assert [one["id"] for one in page["events"]][1:] == [item["id"] for item in items]


def test_it_filters_by_kinds_and_ids(client: httpx.Client, create: Create) -> None:
    cursor = cursor_now(client)
    agent, research, other = create("agents"), create("research"), create("research")
    events = events_after(client, cursor, 2, kinds="research,verification")
    assert [one["id"] for one in events] == [id_of(research), id_of(other)]
    events = events_after(client, cursor, 2, ids=f"{id_of(other)},{id_of(agent)}")
    assert [one["id"] for one in events] == [id_of(agent), id_of(other)]
    [event] = events_after(client, cursor, 1, ids=id_of(agent), kinds="agent")
    assert event["id"] == id_of(agent)


def test_a_deleted_and_recreated_id_keeps_its_order(client: httpx.Client, agent: str) -> None:
    cursor = cursor_now(client)
    for _ in range(3):
        client.delete(agent, headers={"If-Match": "*"})
        client.put(agent, json=READY)
    versions = [one["version"] for one in events_after(client, cursor, 6)]
    assert versions == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("cursor", ["x", "0", "1.1", "deadbeef", "%", "🦆"])
def test_a_malformed_cursor_is_400(client: httpx.Client, cursor: str) -> None:
    answer = client.get("/api/v1/events", params={"after": cursor})
    assert_refused(answer, 400, "bad_cursor")


def test_a_cursor_never_handed_out_is_400(client: httpx.Client) -> None:
    epoch = cursor_now(client).partition(".")[0]
    answer = client.get("/api/v1/events", params={"after": f"{epoch}.99999999", "wait": 5})
    assert_refused(answer, 400, "bad_cursor")


def test_a_cursor_from_before_a_restored_backup_is_410(client: httpx.Client) -> None:
    epoch, _, place = cursor_now(client).partition(".")
    other = "0" * len(epoch) if epoch.strip("0") else "1" * len(epoch)
    answer = client.get("/api/v1/events", params={"after": f"{other}.{place}"})
    assert_refused(answer, 410, "cursor_expired")
    assert answer.json()["oldest"].startswith(epoch)


@pytest.mark.parametrize(
    "parameters",
    [{"kinds": "robot"}, {"limit": "0"}, {"limit": "x"}, {"wait": "-1"}, {"wait": "soon"}],
    ids=str,
)
def test_a_bad_parameter_is_400(client: httpx.Client, parameters: dict[str, str]) -> None:
    assert_refused(client.get("/api/v1/events", params=parameters), 400, "bad_filter")
