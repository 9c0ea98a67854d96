"""§5: a database that was restored from a backup goes on with another history: 410, no gap."""

import json
from collections.abc import Callable

import httpx
import pytest

from tests.contract.bodies import READY
from tests.contract.refusals import assert_refused
from tests.contract.watching import cursor_now, events_after, watching
from tests.rig.backends import Backends
from tests.rig.database import query
from tests.rig.server import FreshServer

EVENTS = "/api/v1/events"
WRITES = 5


@pytest.fixture
def write(new_id: Callable[[str], str]) -> Callable[[httpx.Client], list[str]]:
    """Creates a few agents and returns their ids."""

    def written(client: httpx.Client) -> list[str]:
        ids = [new_id("agent") for _ in range(WRITES)]
        for one in ids:
            assert client.put(f"/api/v1/agents/{one}", json=READY).status_code == 201
        return ids

    return written


def test_a_cursor_from_behind_the_backup_is_410_whatever_was_written_since(
    fresh_server: FreshServer,
    backends: Backends,
    write: Callable[[httpx.Client], list[str]],
) -> None:
    server = fresh_server()
    write(server.client_as("agent"))
    shared = cursor_now(server.client_as("viewer"))
    server.stop()
    backup = backends.copy(server.backend)
    server.start()
    write(server.client_as("agent"))
    lost = cursor_now(server.client_as("viewer"))
    server.stop()

    server = fresh_server(on=backup)
    client = server.client_as("agent")
    assert_expired(client, lost)  # beyond the end
    again = write(client)
    assert_expired(client, lost)  # at the number of another row
    write(client)
    assert_expired(client, lost)  # in the midst of other rows
    for path in (f"{EVENTS}?wait=0&after={lost}", f"/api/v1/snapshot?at={lost}"):
        assert_refused(client.get(path), 410, "cursor_expired")
    with watching(server, server.backend.keys["viewer"], after=lost) as watcher:
        frame, close_code = watcher.closed()
        assert frame is not None
        assert (frame["code"], close_code) == ("cursor_expired", 4410)

    # What both histories share is still a place to go on from.
    events = events_after(client, shared, WRITES)
    assert [event["id"] for event in events][:WRITES] == again


def snapshot_cursor(client: httpx.Client, **parameters: str) -> str:
    header, _, _ = client.get("/api/v1/snapshot", params=parameters).text.partition("\n")
    cursor: str = json.loads(header)["cursor"]
    return cursor


def assert_expired(client: httpx.Client, cursor: str) -> None:
    """The cursor is refused, and the oldest one that comes with it is not."""
    answer = client.get(EVENTS, params={"after": cursor, "wait": 0})
    assert_refused(answer, 410, "cursor_expired")
    oldest = {"after": answer.json()["oldest"], "wait": 0}
    assert client.get(EVENTS, params=oldest).status_code == 200


def test_an_empty_log_has_a_place_to_go_on_from_and_another_epoch_has_none(
    fresh_server: FreshServer, write: Callable[[httpx.Client], list[str]]
) -> None:
    server = fresh_server()
    client = server.client_as("agent")
    start = cursor_now(client)
    assert client.get("/api/v1/summary").json()["cursor"] == start
    ids = write(client)
    assert [event["id"] for event in events_after(client, start, WRITES)] == ids
    cursor = cursor_now(client)
    query(server.backend, "update state_changelog set epoch = 'abcdef01'")
    assert_expired(client, cursor)


def test_every_cursor_that_is_handed_out_is_accepted(
    client: httpx.Client, write: Callable[[httpx.Client], list[str]]
) -> None:
    start = cursor_now(client)
    ids = write(client)
    history = client.get(f"/api/v1/agents/{ids[2]}/history").json()["items"]
    filtered = {"after": start, "ids": ids[1], "wait": 0}
    handed_out = {
        "summary": client.get("/api/v1/summary").json()["cursor"],
        "list": client.get("/api/v1/agents").json()["cursor"],
        "history": history[0]["cursor"],
        "filtered page": client.get(EVENTS, params=filtered).json()["cursor"],
        "snapshot": snapshot_cursor(client),
        "snapshot of a time": snapshot_cursor(client, at=history[0]["at"]),
    }
    for whose, cursor in handed_out.items():
        answer = client.get(EVENTS, params={"after": cursor, "wait": 0})
        assert answer.status_code == 200, (whose, answer.text)
