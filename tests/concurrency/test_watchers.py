"""§5: watchers miss no event and get none twice, while many write over two instances."""

import random
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx

from tests.concurrency.crowd import all_at_once
from tests.contract.watching import cursor_now, watching
from tests.rig.server import Server

WRITERS = 8
STATES = 5
WRITES = 40
PATIENCE_SECONDS = 60.0
Seen = list[tuple[str, int]]


def writes(client: httpx.Client, ids: list[str], seed: int) -> Seen:
    """Patches, deletes and atomic batches; the versions that were acknowledged."""
    chance = random.Random(seed)
    acknowledged: Seen = []
    for _ in range(WRITES):
        one = chance.choice(ids)
        match chance.randrange(4):
            case 0:
                pair = chance.sample(ids, 2)
                items = [{"id": each, "patch": {}} for each in pair]
                answer = client.post(
                    "/api/v1/agents/batch-set", json={"items": items, "atomic": True}
                )
                assert answer.status_code == 200, answer.text
                acknowledged += [(r["id"], r["version"]) for r in answer.json()["results"]]
            case 1:
                answer = client.get(f"/api/v1/agents/{one}")
                answer = client.put(
                    f"/api/v1/agents/{one}",
                    json=answer.json(),
                    headers={"If-Match": answer.headers["ETag"]},
                )
                assert answer.status_code in {200, 412}, answer.text
                if answer.status_code == 200:
                    acknowledged.append((one, answer.json()["version"]))
            case _:
                answer = client.patch(f"/api/v1/agents/{one}", json={})
                assert answer.status_code == 200, answer.text
                acknowledged.append((one, answer.json()["version"]))
    return acknowledged


class SocketWatcher:
    """Watches over a socket and reconnects at random, to either instance."""

    def __init__(self, servers: tuple[Server, ...], cursor: str, ids: list[str], seed: int) -> None:
        self.servers = servers
        self.cursor = cursor
        self.ids = ids
        self.chance = random.Random(seed)

    def watch(self, last: str) -> Seen:
        """Every event until the one that writes this id."""
        seen: Seen = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            server = self.chance.choice(self.servers)
            frames_left = self.chance.randint(1, 12)
            key = server.backend.keys["viewer"]
            with watching(server, key, after=self.cursor) as socket:
                while frames_left:
                    frame = socket.frame_within(PATIENCE_SECONDS)
                    self.cursor = frame["cursor"]
                    if frame["type"] == "events":
                        frames_left -= 1
                        seen += [(event["id"], event["version"]) for event in frame["events"]]
                        if any(event["id"] == last for event in frame["events"]):
                            return [one for one in seen if one[0] in self.ids]
        raise AssertionError(f"the last event did not come; {len(seen)} did")


def polls(client: httpx.Client, cursor: str, ids: list[str], last: str) -> Seen:
    """The same over the long poll, in small pages."""
    seen: Seen = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        parameters: dict[str, Any] = {"after": cursor, "limit": 7, "wait": 5}
        page = client.get("/api/v1/events", params=parameters).json()
        cursor = page["cursor"]
        seen += [(event["id"], event["version"]) for event in page["events"]]
        if any(event["id"] == last for event in page["events"]):
            return [one for one in seen if one[0] in ids]
    raise AssertionError(f"the last event did not come; {len(seen)} did")


def test_no_event_is_missed_and_none_comes_twice(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    clients = [two_servers[number % 2].client_as("agent") for number in range(WRITERS + 2)]
    ids = [new_id("watched") for _ in range(STATES)]
    last = new_id("last")
    cursor = cursor_now(clients[0])
    ready = {"agentType": "Watched", "status": "Ready"}
    for one in ids:
        clients[0].put(f"/api/v1/agents/{one}", json=ready)
    watchers = [SocketWatcher(two_servers, cursor, ids, seed) for seed in range(4)]
    finished: list[Seen] = []

    def write_all() -> Seen:
        finished.extend(
            all_at_once(
                [
                    partial(writes, client, ids, seed)
                    for seed, client in enumerate(clients[:WRITERS])
                ]
            )
        )
        clients[0].put(f"/api/v1/agents/{last}", json=ready)
        return []

    workers: list[Callable[[], Seen]] = [
        write_all,
        *(partial(watcher.watch, last) for watcher in watchers),
        *(partial(polls, client, cursor, ids, last) for client in clients[WRITERS:]),
    ]
    watched = all_at_once(workers)[1:]
    acknowledged = [(one, 1) for one in ids] + [one for each in finished for one in each]
    assert len(acknowledged) >= WRITERS * WRITES // 2
    for seen in watched:
        assert len(seen) == len(set(seen)), "an event came twice"
        assert set(seen) == set(acknowledged), "an event was missed, or nobody wrote it"
        versions = defaultdict(list)
        for state_id, version in seen:
            versions[state_id].append(version)
        for in_order in versions.values():
            assert in_order == list(range(1, len(in_order) + 1))
    assert all(seen == watched[0] for seen in watched), "watchers saw different orders"
