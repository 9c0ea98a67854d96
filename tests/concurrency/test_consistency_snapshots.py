"""§5: an old snapshot and the events since it are the fresh snapshot, taken under load."""

import random
import threading
from collections.abc import Callable
from functools import partial

import httpx
import pytest

from tests.concurrency.crowd import all_at_once
from tests.concurrency.fleet import Fleet
from tests.contract.bodies import READY
from tests.patience import Stint
from tests.rig.server import Server

SECONDS = 5.0
WRITERS = 6
STATES = 8
MIN_WRITES = 150
MIN_EVENTS = 60


class Churn:
    """Writers that create, change, delete and restore the same few states."""

    def __init__(self, prefix: str) -> None:
        self.agents = [f"{prefix}-a{n}" for n in range(STATES)]
        self.research = [f"{prefix}-r{n}" for n in range(STATES)]
        self.written = 0
        self.taken: list[Fleet] = []
        self._written_before_the_first = 0
        self._stint = Stint(SECONDS, self.has_done_enough)
        self._lock = threading.Lock()

    def has_done_enough(self) -> bool:
        """Whether enough was written, and enough of it after the first snapshot was taken."""
        since = self.written - self._written_before_the_first
        return self.written >= MIN_WRITES and bool(self.taken) and since >= MIN_EVENTS + WRITERS

    def write(self, client: httpx.Client, seed: int) -> None:
        chance = random.Random(seed)
        while self._stint.goes_on():
            answer = self._one(client, chance)
            assert answer.status_code < 500, answer.text
            with self._lock:
                self.written += answer.is_success

    def take_snapshots(self, client: httpx.Client) -> None:
        while self._stint.goes_on():
            fleet = Fleet.snapshot(client)
            with self._lock:
                if not self.taken:
                    self._written_before_the_first = self.written
                self.taken.append(fleet)

    def _one(self, client: httpx.Client, chance: random.Random) -> httpx.Response:
        agent = f"/api/v1/agents/{chance.choice(self.agents)}"
        research = f"/api/v1/research/{chance.choice(self.research)}"
        number = chance.randrange(1000)
        match chance.randrange(10):
            case 0:
                return client.delete(chance.choice([agent, research]), headers={"If-Match": "*"})
            case 1 | 2:
                return client.put(agent, json={**READY, "properties": {"n": number}})
            case 3:
                facts = [{"id": f"f{number % 7}", "content": f"as put by {number}"}]
                return client.put(research, json={"query": str(number), "extractedFacts": facts})
            case 4 | 5:
                facts = [
                    {"id": f"f{(number + n) % 7}", "content": f"appended by {number}"}
                    for n in range(3)
                ]
                return client.post(f"{research}/facts", json={"facts": facts})
            case 6:
                return client.patch(research, json={"metadata": {"n": number, f"k{number}": 1}})
            case 7:
                version = {"version": chance.randint(1, 5)}
                condition = chance.choice([{"If-Match": "*"}, {"If-None-Match": "*"}])
                return client.post(f"{agent}/restore", json=version, headers=condition)
            case 8:
                pair = chance.sample(self.agents, 2)
                items = [{"id": one, "patch": {"properties": {"b": number}}} for one in pair]
                body = {"items": items, "atomic": True}
                return client.post("/api/v1/agents/batch-set", json=body)
            case _:
                return client.patch(agent, json={"properties": {"n": None, f"p{number % 5}": 1}})


def follow(client: httpx.Client, fleet: Fleet, end: str) -> None:
    """Applies every event up to a place in the log, however the pages fall."""
    while True:
        # The end was written at one instance; the other one's memory may be a moment behind.
        asked: dict[str, str | int] = {"after": fleet.cursor, "limit": 37, "wait": 20}
        page = client.get("/api/v1/events", params=asked).json()
        for event in page["events"]:
            fleet.apply(event)
            if event["cursor"] == end:
                return
        assert page["events"], f"the log ended at {page['cursor']} before {end}"


@pytest.mark.timeout(240)
def test_old_snapshot_and_events_are_the_fresh_snapshot(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    churn = Churn(new_id("churn"))
    writers = [two_servers[n % 2].client_as("operator") for n in range(WRITERS)]
    watchers = [server.client_as("viewer") for server in two_servers]
    all_at_once(
        [
            *(partial(churn.write, client, seed) for seed, client in enumerate(writers)),
            *(partial(churn.take_snapshots, client) for client in watchers),
        ]
    )
    taken = churn.taken
    assert churn.has_done_enough(), f"{churn.written} writes: too few, and they prove nothing"
    last = writers[0].put(f"/api/v1/agents/{churn.agents[0]}-last", json=READY)
    assert last.status_code == 201
    history = writers[0].get(f"/api/v1/agents/{churn.agents[0]}-last/history").json()["items"]
    end = history[0]["cursor"]
    fresh = [Fleet.snapshot(client, end) for client in watchers]
    assert fresh[0].states == fresh[1].states
    chosen = [taken[0], taken[len(taken) // 3], taken[2 * len(taken) // 3], taken[-1]]
    for number, old in enumerate(chosen):
        again = Fleet.snapshot(watchers[number % 2], old.cursor)
        assert again.states == old.states, "the past changed"
        follow(watchers[number % 2], old, end)
        for place in fresh[0].states.keys() | old.states.keys():
            assert old.states.get(place) == fresh[0].states.get(place)
    assert chosen[0].events_applied >= MIN_EVENTS
