"""§5: ``GET /api/v1/events``."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.contract.bodies import READY, RESEARCH, WHATEVER_IS_THERE, Body, fact, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_refused
from tests.contract.test_credentials import IN_FORCE_SECONDS, update_key
from tests.rig.server import Server
from tests.rig.waiting import wait_for

EVENTS = "/api/v1/events"
MEMBERS = {
    "cursor",
    "kind",
    "id",
    "version",
    "changeType",
    "at",
    "actor",
    "reason",
    "oldValues",
    "newValues",
}
MIB = 1024 * 1024
KINDS = {"agents": "agent", "research": "research", "verifications": "verification"}


def read(client: httpx.Client, after: str, **parameters: Any) -> Body:
    answer = client.get(EVENTS, params={"after": after, "wait": 5, **parameters})
    assert answer.status_code == 200, answer.text
    body: Body = answer.json()
    assert body.keys() == {"events", "cursor"}
    return body


def now(client: httpx.Client) -> str:
    cursor: str = client.get(EVENTS).json()["cursor"]
    return cursor


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


def follow(client: httpx.Client, after: str, until: int, **parameters: Any) -> list[Body]:
    """Pages on with each answer's cursor until there are so many events."""
    events: list[Body] = []
    deadline = time.monotonic() + 20
    while len(events) < until and time.monotonic() < deadline:
        page = read(client, after, **parameters)
        events += page["events"]
        after = page["cursor"]
    return events


def test_without_a_cursor_it_answers_from_now_on_at_once(
    client: httpx.Client, create: Create
) -> None:
    create("agents")
    started = time.monotonic()
    answer = client.get(EVENTS, params={"wait": 20})
    assert time.monotonic() - started < 10
    assert answer.json()["events"] == []
    path = create("agents")
    page = read(client, answer.json()["cursor"], ids=id_of(path))
    assert [event["id"] for event in page["events"]] == [id_of(path)]


def test_an_event_says_what_changed(client: httpx.Client, new_path: NewPath) -> None:
    path, start = new_path("agents"), now(client)
    client.put(path, json=READY, headers={"Lightning-Reason": "because"})
    [event] = follow(client, start, 1, ids=id_of(path))
    assert event.keys() == MEMBERS
    assert (event["kind"], event["id"], event["version"]) == ("agent", id_of(path), 1)
    assert (event["changeType"], event["reason"]) == ("Created", "because")
    assert event["actor"] == "rig-agent"
    assert event["at"].endswith("Z")
    assert event["oldValues"] == {}
    assert event["newValues"].items() >= READY.items()


def test_an_event_is_the_history_s_row(client: httpx.Client, state: str) -> None:
    start = now(client)
    client.patch(state, json={})
    client.delete(state, headers=WHATEVER_IS_THERE)
    events = follow(client, start, 2, ids=id_of(state))
    history = client.get(f"{state}/history", params={"limit": 2}).json()["items"]
    assert events == history[::-1]


def test_a_missed_change_comes_at_once(client: httpx.Client, create: Create) -> None:
    start = now(client)
    path = create("agents")
    client.patch(path, json={"status": "Paused"})
    events = follow(client, start, 2, ids=id_of(path))
    assert [event["changeType"] for event in events] == ["Created", "StatusChanged"]
    started = time.monotonic()
    again = read(client, start, ids=id_of(path), wait=20)["events"]
    assert time.monotonic() - started < 10
    assert again == events


def test_it_waits_for_the_first_change_of_either_instance(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    reader = two_servers[0].client_as("viewer")
    with ThreadPoolExecutor(1) as thread:
        for writer in two_servers:
            path = f"/api/v1/agents/{new_id('agent')}"
            after = now(reader)
            # The answer to the second poll proves that the first one is over or under way.
            waiting = thread.submit(read, reader, after, ids=id_of(path), wait=20)
            read(two_servers[0].client_as("viewer"), after, wait=0)
            client = writer.client_as("agent")
            assert client.put(path, json=READY).status_code == 201
            written = time.monotonic()
            page = waiting.result(30)
            assert time.monotonic() - written < 10, "of the 20 it would wait for nothing"
            assert [event["id"] for event in page["events"]] == [id_of(path)]


@pytest.mark.behind_django_too
def test_it_waits_unless_told_otherwise(client: httpx.Client, server: Server, agent: str) -> None:
    reader, after = server.client_as("viewer"), now(client)
    for wait in ({}, {"wait": ""}):
        with ThreadPoolExecutor(1) as thread:
            parameters = {"after": after, "ids": id_of(agent), **wait}
            waiting = thread.submit(reader.get, EVENTS, params=parameters)
            read(server.client_as("viewer"), after, wait=0, ids=id_of(agent))
            version = client.patch(agent, json={}).json()["version"]
            page = waiting.result(30).json()
        assert [event["version"] for event in page["events"]] == [version]
        after = page["cursor"]


@pytest.mark.one_place
def test_a_key_that_is_revoked_while_it_waits_gets_nothing(
    client: httpx.Client, server: Server, agent: str, new_id: Callable[[str], str]
) -> None:
    name, after = new_id("poller"), now(client)
    reader = server.client(server.create_key(name, "viewer"))
    with ThreadPoolExecutor(1) as thread:
        parameters = {"after": after, "ids": id_of(agent), "wait": 30}
        waiting = thread.submit(reader.get, EVENTS, params=parameters)
        update_key(server, name, "revoked=True")
        revoked_at = time.monotonic()
        # In force within 5 s: before that an answer may still come, and here none can.
        wait_for(lambda: time.monotonic() - revoked_at > IN_FORCE_SECONDS, what="5 seconds")
        client.patch(agent, json={})
        assert_refused(waiting.result(30), 401, "unauthenticated")


@pytest.mark.behind_django_too
def test_when_nothing_comes_it_answers_empty_with_a_cursor(client: httpx.Client) -> None:
    started = time.monotonic()
    page = read(client, now(client), ids="nobody", wait=1)
    assert time.monotonic() - started >= 1
    assert page["events"] == []
    assert read(client, page["cursor"], ids="nobody", wait=0)["events"] == []


def test_no_waiting_still_sees_what_was_acknowledged_here(
    client: httpx.Client, create: Create
) -> None:
    for _ in range(20):
        start = now(client)
        path = create("agents")
        assert [event["id"] for event in read(client, start, wait=0, ids=id_of(path))["events"]]


def test_blanks_around_names_mean_nothing(client: httpx.Client, create: Create) -> None:
    start, paths = now(client), [create("agents"), create("research")]
    ids = f" {id_of(paths[0])} , {id_of(paths[1])},"
    events = follow(client, start, 2, ids=ids, kinds=" agent,research ")
    assert [event["id"] for event in events] == [id_of(path) for path in paths]


def test_kinds_and_ids_narrow_it(client: httpx.Client, create: Create) -> None:
    start = now(client)
    paths = {kind: create(kind) for kind in KINDS}
    chosen = ",".join(id_of(paths[kind]) for kind in KINDS)
    everything = follow(client, start, 3, ids=chosen)
    assert [event["kind"] for event in everything] == list(KINDS.values())
    two = follow(client, start, 2, ids=chosen, kinds="verification,agent")
    assert [event["kind"] for event in two] == ["agent", "verification"]
    one = follow(client, start, 1, ids=chosen, kinds="research")
    assert [event["kind"] for event in one] == ["research"]


def test_a_filtered_reader_s_cursor_passes_what_it_does_not_want(
    client: httpx.Client, create: Create
) -> None:
    start = now(client)
    path = create("agents")
    follow(client, start, 1, ids=id_of(path))
    page = read(client, start, ids="nobody", wait=0)
    assert page["cursor"] != start
    assert read(client, page["cursor"], ids=id_of(path), wait=0)["events"] == []


def test_pages_continue_without_gap_or_repetition(client: httpx.Client, create: Create) -> None:
    start = now(client)
    path = create("agents")
    for number in range(10):
        client.patch(path, json={"properties": {"number": number}})
    versions = [event["version"] for event in follow(client, start, 11, ids=id_of(path), limit=3)]
    assert versions == list(range(1, 12))


def test_every_event_s_own_cursor_continues_behind_it(client: httpx.Client, create: Create) -> None:
    start = now(client)
    path = create("agents")
    for _ in range(4):
        client.patch(path, json={})
    events = follow(client, start, 5, ids=id_of(path))
    for place, event in enumerate(events):
        page = read(client, event["cursor"], ids=id_of(path), wait=0)
        assert page["events"] == events[place + 1 :]


def test_it_gives_500_unless_told(client: httpx.Client, new_id: Callable[[str], str]) -> None:
    start, prefix = now(client), new_id("many")
    for part in range(6):
        items = [{"id": f"{prefix}-{part}-{n}", "state": READY} for n in range(100)]
        client.post("/api/v1/agents/batch-set", json={"items": items})
    first = read(client, start, kinds="agent", wait=0)
    assert len(first["events"]) == 500
    mine = [one["id"] for one in follow(client, start, 600, kinds="agent")]
    mine = [one for one in mine if one.startswith(prefix)]
    assert len(mine) == len(set(mine)) == 600


def test_large_events_come_in_several_pages_without_a_gap(
    client: httpx.Client, create: Create
) -> None:
    """A page has about a MiB, so that a reader costs the server bounded memory."""
    start, path = now(client), create("agents")
    for number in range(20):
        client.patch(path, json={"properties": {"pad": str(number % 10) * 300_000}})
    for parameters in ({"wait": 0}, {"wait": 5}):  # from the database, and from memory
        versions, cursor, pages = list[int](), start, 0
        while len(versions) < 21:
            page = read(client, cursor, ids=id_of(path), **parameters)
            assert len(json.dumps(page)) < 2 * MIB
            versions += [event["version"] for event in page["events"]]
            cursor, pages = page["cursor"], pages + 1
        assert versions == list(range(1, 22))
        assert pages > 5


@pytest.mark.behind_django_too
def test_an_atomic_batch_comes_together_past_the_limit(
    client: httpx.Client, create: Create, new_id: Callable[[str], str]
) -> None:
    start, prefix = now(client), new_id("atomic")
    before = create("research")
    items = [{"id": f"{prefix}-{n}", "state": RESEARCH} for n in range(30)]
    body = {"items": items, "atomic": True}
    assert client.post("/api/v1/research/batch-set", json=body).status_code == 200
    after = create("research")
    ids = ",".join([id_of(before), *(str(item["id"]) for item in items), id_of(after)])
    follow(client, start, 32, ids=ids)
    page = read(client, start, ids=ids, limit=2)
    assert [event["id"] for event in page["events"]] == ids.split(",")[:-1]
    page = read(client, page["cursor"], ids=ids, limit=2)
    assert [event["id"] for event in page["events"]] == [id_of(after)]


def test_the_time_never_decreases_along_the_log(client: httpx.Client, create: Create) -> None:
    start = now(client)
    for kind in [*KINDS] * 5:
        create(kind)
    times = [event["at"] for event in follow(client, start, 15)]
    assert times == sorted(times)


def test_facts_are_told_by_those_that_changed(client: httpx.Client, research: str) -> None:
    start = now(client)
    client.post(f"{research}/facts", json={"facts": [fact(1), fact(2)]})
    client.post(f"{research}/facts", json={"facts": [fact(2, content="new"), fact(3)]})
    _, second = follow(client, start, 2, ids=id_of(research))
    assert second["changeType"] == "ProgressUpdated"
    assert [one["id"] for one in second["oldValues"]["extractedFacts"]] == ["f2"]
    assert [one["id"] for one in second["newValues"]["extractedFacts"]] == ["f2", "f3"]
    assert (second["oldValues"]["factCount"], second["newValues"]["factCount"]) == (2, 3)


def test_a_refused_write_is_no_event(client: httpx.Client, agent: str) -> None:
    start = now(client)
    assert client.put(agent, json=READY, headers=if_match(9)).status_code == 412
    client.patch(agent, json={})
    events = follow(client, start, 1, ids=id_of(agent))
    assert [event["version"] for event in events] == [2]


# --- Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cursor", ["nonsense", "12345", "a.b", "00000000.-1", "00000000.1.1", " "])
def test_a_malformed_cursor_is_400(client: httpx.Client, cursor: str) -> None:
    assert_refused(client.get(EVENTS, params={"after": cursor}), 400, "bad_cursor")


@pytest.mark.parametrize("part", [0, 1, 2, 3])
def test_a_cursor_never_handed_out_is_400(client: httpx.Client, agent: str, part: int) -> None:
    """Whatever is changed in one that was: the signature tells."""
    parts = now(client).split(".")
    parts[part] = parts[part][:-1] + ("1" if parts[part][-1] != "1" else "2")
    assert_refused(client.get(EVENTS, params={"after": ".".join(parts)}), 400, "bad_cursor")


@pytest.mark.parametrize("part", [1, 2])
def test_a_cursor_has_one_spelling(client: httpx.Client, agent: str, part: int) -> None:
    parts = now(client).split(".")
    parts[part] = f"0{parts[part]}"
    assert_refused(client.get(EVENTS, params={"after": ".".join(parts)}), 400, "bad_cursor")


@pytest.mark.parametrize(
    "parameters",
    [
        {"kinds": "agents"},
        {"kinds": "agent,other"},
        {"limit": "0"},
        {"limit": "many"},
        {"wait": "-1"},
        {"wait": "soon"},
        {"wait": "nan"},
        {"ids": "agent-1,\x00"},
        {"ids": "not an id"},
        {"kind": "agent"},
        {"Wait": "1"},
    ],
)
def test_a_parameter_that_cannot_be_is_400(
    client: httpx.Client, parameters: dict[str, str]
) -> None:
    answer = client.get(EVENTS, params={"after": now(client), **parameters})
    assert_refused(answer, 400, "bad_filter")


def test_nothing_is_told_without_credentials(anonymous: httpx.Client) -> None:
    assert_refused(anonymous.get(EVENTS), 401, "unauthenticated")
