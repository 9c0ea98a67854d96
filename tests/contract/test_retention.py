"""§5: pruning the history, and what readers of what is gone are told."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.contract.bodies import CREATE_ONLY, READY, Body, fact, if_match
from tests.contract.conftest import NewPath
from tests.contract.leases import LOCKS, wish
from tests.contract.refusals import assert_refused
from tests.rig.backends import Backends
from tests.rig.database import query
from tests.rig.server import Server, running
from tests.rig.waiting import wait_for

EVENTS = "/api/v1/events"
LONG_AGO = "2020-01-01 00:00:00+00"


@pytest.fixture(scope="module")
def server(backends: Backends, backend_name: str) -> Iterator[Server]:
    """Of this file alone: pruning is for the whole log."""
    backend = backends.fresh(backend_name)
    # Its own housekeeping must find nothing old: the pruning is for the command, with its own days.
    never = {"LIGHTNING_EVENT_RETENTION_DAYS": "36500"}
    with running(Server(backend, backend.directory, **never)) as (instance,):
        yield instance


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    return server.client_as("operator")


@pytest.fixture
def pruned(server: Server) -> None:
    """Nothing of earlier tests is left to prune, so that a test may count."""
    prune(server, "--days", "0")


@pytest.fixture
def path(new_path: NewPath) -> str:
    """An agent that is not there yet."""
    return new_path("agents")


def now(client: httpx.Client) -> str:
    cursor: str = client.get(EVENTS).json()["cursor"]
    return cursor


def prune(server: Server, *arguments: str) -> int:
    """Runs the command and returns how many changes it says went."""
    printed = server.backend.manage("prune_history", *arguments)
    return int(printed.split()[0])


def make_old(server: Server) -> None:
    """Everything in the log so far happened years ago."""
    moment = LONG_AGO if server.backend.name == "postgres" else LONG_AGO.removesuffix("+00")
    query(server.backend, "update state_changerecord set at = %s", [moment])


def events(client: httpx.Client, after: str) -> Body:
    answer = client.get(EVENTS, params={"after": after, "wait": 0})
    assert answer.status_code == 200, answer.text
    body: Body = answer.json()
    return body


def history(client: httpx.Client, path: str) -> list[int]:
    return [event["version"] for event in client.get(f"{path}/history").json()["items"]]


def write_versions(client: httpx.Client, path: str, count: int, body: Body = READY) -> None:
    assert client.put(path, json=body).json()["version"] == 1
    for _ in range(count - 1):
        client.patch(path, json={})


def test_pruning_keeps_each_state_s_newest_row(
    server: Server, client: httpx.Client, new_path: NewPath, pruned: None
) -> None:
    paths = [new_path("agents"), new_path("verifications")]
    write_versions(client, paths[0], 5)
    write_versions(client, paths[1], 3, {"sourceId": "s", "content": "c"})
    states = [client.get(path).json() for path in paths]
    assert prune(server, "--days", "0") == 6
    assert [history(client, path) for path in paths] == [[5], [3]]
    fresh = {"Cache-Control": "no-cache"}
    assert [client.get(path, headers=fresh).json() for path in paths] == states
    assert client.get(paths[0], params={"version": 5}).json() == states[0]
    assert prune(server, "--days", "0") == 0


def test_what_is_gone_is_not_found(server: Server, client: httpx.Client, path: str) -> None:
    write_versions(client, path, 4)
    prune(server, "--days", "0")
    assert_refused(client.get(path, params={"version": 2}), 404, "not_found")
    assert_refused(client.get(f"{path}/diff", params={"from": 2, "to": 4}), 404, "not_found")
    answer = client.post(f"{path}/restore", json={"version": 2}, headers=if_match(4))
    assert_refused(answer, 404, "not_found")


def test_a_kept_anchor_carries_the_versions_after_it(
    server: Server, client: httpx.Client, path: str
) -> None:
    write_versions(client, path, 3)
    anchor = client.get(path).json()
    prune(server, "--days", "0")
    client.patch(path, json={"status": "Paused"})
    client.patch(path, json={"properties": {"x": 1}})
    assert history(client, path) == [5, 4, 3]
    assert client.get(path, params={"version": 3}).json() == anchor
    assert client.get(path, params={"version": 4}).json()["status"] == "Paused"
    difference = client.get(f"{path}/diff", params={"from": 3, "to": 5}).json()
    assert difference["newValues"] == {"status": "Paused", "properties": {"x": 1}}


def test_the_last_version_of_a_deleted_id_is_kept(
    server: Server, client: httpx.Client, path: str
) -> None:
    write_versions(client, path, 3)
    client.delete(path, headers=if_match(3))
    prune(server, "--days", "0")
    assert history(client, path) == [4]
    assert_refused(
        client.put(path, json=READY, headers=if_match(3)), 412, "version_conflict", currentVersion=4
    )
    assert client.put(path, json=READY, headers=CREATE_ONLY).json()["version"] == 5


def test_a_cursor_older_than_the_retention_is_410(
    server: Server, client: httpx.Client, path: str
) -> None:
    start = now(client)
    write_versions(client, path, 3)
    end = now(client)
    prune(server, "--days", "0")
    answer = client.get(EVENTS, params={"after": start})
    assert_refused(answer, 410, "cursor_expired")
    oldest = answer.json()["oldest"]
    assert events(client, oldest)["events"] == []
    assert events(client, end)["events"] == []
    client.patch(path, json={})
    for cursor in (oldest, end):
        page = client.get(EVENTS, params={"after": cursor, "wait": 5}).json()
        assert [event["version"] for event in page["events"]] == [4]


def test_a_retry_whose_version_was_pruned_is_told_the_success_alone(
    server: Server, client: httpx.Client, new_path: NewPath, new_id: Callable[[str], str]
) -> None:
    path, key = new_path("research"), {"Idempotency-Key": new_id("key")}
    write_versions(client, path, 3, {"query": "q", "extractedFacts": [fact(1)]})
    first = client.patch(path, json={"extractedFacts": [fact(2)]}, headers=key)
    client.patch(path, json={"extractedFacts": []})
    prune(server, "--days", "0")
    again = client.patch(path, json={"extractedFacts": [fact(2)]}, headers=key)
    assert (again.status_code, again.content) == (204, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_snapshot_of_before_the_retention_is_410(
    server: Server, client: httpx.Client, path: str, new_path: NewPath
) -> None:
    anchor = new_path("agents")
    write_versions(client, anchor, 1)
    write_versions(client, path, 2)
    start = now(client)
    moment = client.get(f"{path}/history").json()["items"][0]["at"]
    client.patch(path, json={"status": "Paused"})
    client.patch(path, json={"status": "Ready"})
    prune(server, "--days", "0")
    for at in (start, moment, "2000-01-01T00:00:00Z"):
        answer = client.get("/api/v1/snapshot", params={"at": at})
        assert_refused(answer, 410, "cursor_expired")
        assert answer.json()["oldest"]
    oldest = client.get("/api/v1/snapshot", params={"at": answer.json()["oldest"]})
    _, *states, trailer = [json.loads(line) for line in oldest.text.splitlines()]
    assert trailer["count"] == len(states)
    versions = {line["state"].get("agentId"): line["state"]["version"] for line in states}
    assert versions[path.rpartition("/")[2]] == 4
    assert versions[anchor.rpartition("/")[2]] == 1


def test_a_snapshot_of_after_the_pruning_is_still_right(
    server: Server, client: httpx.Client, new_path: NewPath
) -> None:
    path = new_path("research")
    client.put(path, json={"query": "q", "extractedFacts": [fact(1)]})
    client.post(f"{path}/facts", json={"facts": [fact(1, content="changed"), fact(2)]})
    then, start = client.get(path).json(), now(client)
    prune(server, "--days", "0")
    client.patch(path, json={"extractedFacts": [fact(3)]})
    answer = client.get("/api/v1/snapshot", params={"at": start})
    states = [json.loads(text).get("state") for text in answer.text.splitlines()]
    assert then in states
    assert client.get(path, params={"version": 2}).json() == then


def test_facts_of_forgotten_versions_go_with_them(
    server: Server, client: httpx.Client, new_path: NewPath
) -> None:
    path = new_path("research")
    client.put(path, json={"query": "q", "extractedFacts": [fact(n) for n in range(20)]})
    client.patch(path, json={"extractedFacts": [fact(20)]})
    prune(server, "--days", "0")
    assert [one["id"] for one in client.get(path).json()["extractedFacts"]] == ["f20"]
    rows = query(
        server.backend,
        "select fact_id from state_fact where research_id = %s",
        [path.rpartition("/")[2]],
    )
    assert rows == [("f20",)]


def test_a_round_looks_only_at_what_has_grown_too_old_since_the_last(
    server: Server, client: httpx.Client, path: str, pruned: None
) -> None:
    write_versions(client, path, 3)
    assert prune(server, "--days", "0") == 2
    [(swept, newest)] = query(
        server.backend,
        "select swept_through, (select max(seq) from state_changerecord) from state_changelog",
    )
    assert swept == newest
    client.patch(path, json={})
    assert prune(server, "--days", "0") == 1
    assert history(client, path) == [4]


def test_a_round_that_broke_off_is_made_up_for(
    server: Server, client: httpx.Client, path: str, pruned: None
) -> None:
    write_versions(client, path, 3)
    # It had told readers so, and then the process died.
    query(
        server.backend,
        "update state_changelog set pruned_through = (select max(seq) from state_changerecord)",
    )
    assert prune(server, "--days", "0") == 2


def test_the_retention_is_in_days(
    server: Server, client: httpx.Client, path: str, new_path: NewPath, pruned: None
) -> None:
    write_versions(client, path, 3)
    assert prune(server) == 0, "nothing is 30 days old"
    make_old(server)
    other = new_path("agents")
    write_versions(client, other, 3)
    client.patch(path, json={})
    assert prune(server, "--days", "10000") == 0
    assert prune(server) == 2
    assert history(client, path) == [4, 3]
    assert history(client, other) == [3, 2, 1]


def test_the_setting_is_the_command_s_default(
    server: Server, client: httpx.Client, path: str, pruned: None
) -> None:
    write_versions(client, path, 3)
    make_old(server)
    printed = server.backend.manage("prune_history", LIGHTNING_EVENT_RETENTION_DAYS="36500")
    assert printed.startswith("0 ")
    printed = server.backend.manage("prune_history", LIGHTNING_EVENT_RETENTION_DAYS="1")
    assert printed.startswith("2 ")


@pytest.mark.parametrize("days", ["-1", "1e9", "nan", "inf", "many"])
def test_days_that_cannot_be_are_refused(server: Server, days: str) -> None:
    with pytest.raises(AssertionError, match="--days") as refused:
        prune(server, f"--days={days}")
    assert "Traceback" not in str(refused.value)


def test_a_short_retention_is_kept_by_the_server_itself(
    backends: Backends, backend_name: str, path: str
) -> None:
    backend = backends.fresh(backend_name)
    settings = {"LIGHTNING_EVENT_RETENTION_DAYS": "0.00002"}  # less than two seconds
    with running(Server(backend, backend.directory, **settings)) as (server,):
        client = server.client_as("agent")
        start = now(client)
        write_versions(client, path, 3)

        def answer() -> httpx.Response:
            return client.get(EVENTS, params={"after": start, "wait": 0})

        wait_for(lambda: answer().status_code == 410, what="the cursor's expiry")
        assert_refused(answer(), 410, "cursor_expired")
        wait_for(lambda: history(client, path) == [3], what="the removal of what is too old")


def test_readers_and_writers_go_on_while_it_prunes(
    server: Server, client: httpx.Client, path: str
) -> None:
    write_versions(client, path, 30)
    cursor = now(client)
    prune(server, "--days", "0")
    assert client.patch(path, json={}).json()["version"] == 31
    page = client.get(EVENTS, params={"after": cursor, "wait": 5}).json()
    assert [event["version"] for event in page["events"]] == [31]


# --- Answers ------------------------------------------------------------------------------------

CLEAN_UP = """
from datetime import UTC, datetime
from state.service.housekeeping import clean_up
clean_up(datetime.now(UTC))
"""


def answered_before(server: Server, key: str, age: timedelta) -> None:
    """A key was answered so long ago."""
    zone = "+00" if server.backend.name == "postgres" else ""
    moment = (datetime.now(UTC) - age).strftime("%Y-%m-%d %H:%M:%S.%f") + zone
    statement = "update state_idempotencyrecord set created_at = %s where key = %s"
    query(server.backend, statement, [moment, key])


@pytest.mark.one_place
def test_an_idempotency_key_is_remembered_for_24_hours(
    server: Server, client: httpx.Client, path: str, new_id: Callable[[str], str]
) -> None:
    """Of a write and of a lock, however short the history is."""
    keys = [new_id("key") for _ in range(3)]

    def ask() -> list[httpx.Response]:
        headers = [{"Idempotency-Key": key} for key in keys]
        return [
            client.put(path, json=READY, headers=headers[0]),
            client.post(LOCKS, json=wish(path, ttlSeconds=3600), headers=headers[1]),
            client.post(
                f"{EVENTS.removesuffix('events')}agents/batch-set",
                json={"items": []},
                headers=headers[2],
            ),
        ]

    first = ask()
    for key, hours in zip(keys, (23.99, 23.99, 24 * 7), strict=True):
        answered_before(server, key, timedelta(hours=hours))
    retention = {"LIGHTNING_EVENT_RETENTION_DAYS": "1"}
    server.backend.manage("shell", "--no-imports", "-v0", "-c", CLEAN_UP, **retention)
    again = ask()
    assert [one.headers.get("Idempotency-Replayed") for one in again] == ["true", "true", None]
    assert [one.json() for one in again[:2]] == [one.json() for one in first[:2]]
