"""§5: ``WS /ws/events``: what a watcher gets, and in which frames."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.contract.bodies import READY, fact, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.watching import Watcher, cursor_now, watching
from tests.rig.server import Server

FRAME_LIMIT_BYTES = 512 * 1024


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


@pytest.fixture
def watcher(server: Server) -> Iterator[Watcher]:
    """A watcher from now on, past its first heartbeat."""
    with watching(server, server.backend.keys["viewer"]) as watcher:
        assert watcher.frame()["type"] == "heartbeat"
        yield watcher


def test_the_first_frame_is_a_heartbeat_with_the_cursor(
    server: Server, client: httpx.Client, agent: str
) -> None:
    with watching(server, server.backend.keys["viewer"]) as watcher:
        first = watcher.frame()
    assert first == {"type": "heartbeat", "cursor": cursor_now(client)}


def test_the_first_frame_is_a_heartbeat_also_when_there_is_news(
    server: Server, client: httpx.Client, create: Create
) -> None:
    cursor = cursor_now(client)
    create("agents")
    with watching(server, server.backend.keys["viewer"], after=cursor) as watcher:
        assert watcher.frame() == {"type": "heartbeat", "cursor": cursor}
        assert watcher.frame()["type"] == "events"


def test_a_change_comes_as_the_history_tells_it(
    client: httpx.Client, watcher: Watcher, state: str
) -> None:
    [event] = watcher.events(1)
    assert event == client.get(f"{state}/history").json()["items"][0]
    assert event["cursor"] == watcher.cursor


def test_every_change_comes_once_and_in_order(
    client: httpx.Client, watcher: Watcher, new_path: NewPath
) -> None:
    path = new_path("agents")
    client.put(path, json=READY)
    for _ in range(20):
        client.patch(path, json={})
    client.delete(path, headers={"If-Match": "*"})
    events = watcher.events(22)
    assert [one["version"] for one in events] == list(range(1, 23))
    assert {one["id"] for one in events} == {id_of(path)}


def test_a_watcher_resumes_from_its_last_cursor(
    server: Server, client: httpx.Client, agent: str
) -> None:
    key = server.backend.keys["viewer"]
    with watching(server, key, ids=id_of(agent)) as watcher:
        watcher.frame()
        client.patch(agent, json={})
        watcher.events(1)
        cursor = watcher.cursor
    client.patch(agent, json={})
    client.patch(agent, json={})
    with watching(server, key, ids=id_of(agent), after=cursor) as watcher:
        assert [one["version"] for one in watcher.events(2)] == [3, 4]
        client.patch(agent, json={})
        assert [one["version"] for one in watcher.events(1)] == [5]


def test_the_cursor_of_every_event_is_a_place_to_resume(
    server: Server, client: httpx.Client, agent: str
) -> None:
    for _ in range(5):
        client.patch(agent, json={})
    history = client.get(f"{agent}/history").json()["items"][::-1]
    key = server.backend.keys["viewer"]
    with watching(server, key, ids=id_of(agent), after=history[2]["cursor"]) as watcher:
        assert [one["version"] for one in watcher.events(3)] == [4, 5, 6]


def test_it_filters_by_kinds(server: Server, create: Create) -> None:
    key = server.backend.keys["viewer"]
    with watching(server, key, kinds="research,verification") as watcher:
        watcher.frame()
        create("agents")
        paths = [create("research"), create("verifications")]
        assert [one["id"] for one in watcher.events(2)] == [id_of(path) for path in paths]


def test_it_filters_by_ids(server: Server, client: httpx.Client, create: Create) -> None:
    paths = [create("agents") for _ in range(3)]
    ids = ",".join(id_of(path) for path in paths[1:])
    with watching(server, server.backend.keys["viewer"], ids=ids) as watcher:
        watcher.frame()
        for path in paths:
            client.patch(path, json={})
        assert [one["id"] for one in watcher.events(2)] == [id_of(path) for path in paths[1:]]


def test_the_events_of_an_atomic_batch_come_together(
    client: httpx.Client, watcher: Watcher, new_id: Callable[[str], str]
) -> None:
    items = [{"id": new_id("together"), "state": READY} for _ in range(600)]
    client.post("/api/v1/agents/batch-set", json={"items": items, "atomic": True})
    _, events = watcher.size_and_events()
    assert [one["id"] for one in events] == [item["id"] for item in items]


def test_the_frames_of_a_resumed_atomic_batch_come_together(
    server: Server, client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    cursor = cursor_now(client)
    client.put(f"/api/v1/agents/{new_id('before')}", json=READY)
    items = [{"id": new_id("together"), "state": READY} for _ in range(700)]
    client.post("/api/v1/agents/batch-set", json={"items": items, "atomic": True})
    with watching(server, server.backend.keys["viewer"], after=cursor) as watcher:
        watcher.frame()
        frames: list[list[str]] = []
        while sum(len(frame) for frame in frames) < 701:
            _, events = watcher.size_and_events()
            frames.append([one["id"] for one in events])
    ids = {item["id"] for item in items}
    assert [len(ids & set(frame)) for frame in frames if ids & set(frame)] == [700]


def test_other_frames_stay_under_512_kib(
    server: Server, client: httpx.Client, create: Create
) -> None:
    paths = [create("agents") for _ in range(3)]
    cursor = cursor_now(client)
    for number in range(9):
        client.patch(paths[number % 3], json={"properties": {"pad": str(number) * 100_000}})
    with watching(server, server.backend.keys["viewer"], after=cursor) as watcher:
        watcher.frame()
        count = 0
        while count < 9:
            size, events = watcher.size_and_events()
            assert size < FRAME_LIMIT_BYTES
            count += len(events)


def test_facts_in_an_event_are_those_added_or_changed(
    client: httpx.Client, watcher: Watcher, create: Create
) -> None:
    path = create("research", extractedFacts=[fact(1), fact(2)])
    facts = [fact(2, source="new"), fact(3)]
    client.post(f"{path}/facts", json={"facts": facts})
    event = watcher.events(2)[-1]
    assert event["changeType"] == "ProgressUpdated"
    assert [one["id"] for one in event["newValues"]["extractedFacts"]] == ["f2", "f3"]
    assert [one["id"] for one in event["oldValues"]["extractedFacts"]] == ["f2"]
    assert (event["oldValues"]["factCount"], event["newValues"]["factCount"]) == (2, 3)


def test_a_refused_write_is_no_event(client: httpx.Client, watcher: Watcher, agent: str) -> None:
    client.put(agent, json=READY, headers=if_match(9))
    client.patch(agent, json={"colour": "red"})
    client.patch(agent, json={})
    assert [one["version"] for one in watcher.events(2)] == [1, 2]


@pytest.mark.slow
@pytest.mark.one_place
def test_a_heartbeat_comes_at_least_every_15_seconds(server: Server) -> None:
    with watching(server, server.backend.keys["viewer"], ids="nobody-has-this-id") as watcher:
        first, second = watcher.frame(), watcher.frame_within(15.0)
    assert first["type"] == second["type"] == "heartbeat"
