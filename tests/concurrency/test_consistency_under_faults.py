"""§2, §4, §5 for half an hour, while instances, PostgreSQL and Redis fail one after another."""

import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from typing import Any

import pytest

from tests.concurrency.callers import (
    NO_CACHE,
    PAUSE_SECONDS,
    Caller,
    count_under_a_lock,
    count_with_versions,
    follow_by_polls,
    follow_by_socket,
    keeps_going,
)
from tests.concurrency.fleet import Fleet
from tests.concurrency.mishaps import Mishaps
from tests.concurrency.recording import History, Read, Write
from tests.contract.bodies import READY
from tests.rig.backends import Backends
from tests.rig.server import Server, running

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
ROUND_SECONDS = 60.0
STATES = 4
COUNTERS = 2
STALE_SECONDS = 1.0
LEAST_A_ROUND = {"writes": 60, "fresh": 60, "cached": 200}


class Callers:
    """Makes callers and closes them all, once whoever uses them has ended."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._made = ExitStack()

    def __call__(self, servers: Sequence[Server], role: str = "agent") -> Caller:
        return self._made.enter_context(closing(Caller(servers, self.stop, role)))

    def close(self) -> None:
        self._made.close()


class Round:
    """A minute of recorded writes and reads on states of its own, whatever happens meanwhile."""

    def __init__(self, number: int, mishaps: Mishaps, callers: "Callers") -> None:
        self.history = History()
        self.paths = [f"/api/v1/agents/round-{number}-{state}" for state in range(STATES)]
        self._mishaps = mishaps
        self._stop = callers.stop
        self._callers = callers

    def create(self, caller: Caller) -> None:
        for path in self.paths:
            mark = f"made.{path}"
            body = {**READY, "properties": {"mark": mark}}
            began = time.monotonic()
            assert caller.until_answered("PUT", path, json=body).status_code == 201
            self.history.note(Write(path, mark, began, time.monotonic(), 1))

    def write(self, server: Server, name: str) -> None:
        caller, number = self._callers([server]), 0
        while not self._stop.wait(PAUSE_SECONDS):
            number += 1
            path, mark = self.paths[number % STATES], f"{name}.{number}"
            began = time.monotonic()
            answer = caller.attempt("PATCH", path, json={"properties": {"mark": mark}})
            if answer is None:
                self.history.note(Write(path, mark, began))  # nobody knows
                continue
            assert answer.status_code == 200, answer.text
            version = answer.json()["version"]
            self.history.note(Write(path, mark, began, time.monotonic(), version))

    def read(self, server: Server, name: str, *, fresh: bool) -> None:
        """``name`` and the life of the instance say which client it is: one life, one client."""
        caller, number = self._callers([server], "viewer"), 0
        while not self._stop.wait(PAUSE_SECONDS / 5):
            number += 1
            path = self.paths[number % STATES]
            client = f"{name}@{self._mishaps.life_of(server)}"
            began = time.monotonic()
            answer = caller.attempt("GET", path, headers=NO_CACHE if fresh else {})
            if answer is None:
                continue
            ended = time.monotonic()
            assert answer.status_code == 200, answer.text
            state = answer.json()
            seen = (state["version"], state["properties"]["mark"])
            self.history.note(Read(path, client, fresh, began, ended, *seen))

    def check(self) -> float:
        """Raises when anything cannot have happened; returns how old the oldest cached read was."""
        done = {
            "writes": sum(write.version is not None for write in self.history.writes),
            "fresh": sum(read.fresh for read in self.history.reads),
            "cached": sum(not read.fresh for read in self.history.reads),
        }
        assert not self.history.violations(), self.history.violations()[:3]
        oldest = max(self.history.staleness(), default=0.0)
        assert oldest <= STALE_SECONDS, f"a cached read was {oldest:.2f} s old"
        short = {name: done[name] for name, least in LEAST_A_ROUND.items() if done[name] < least}
        assert not short, f"too little, and it proves nothing: {short}"
        return oldest


def run_round(servers: Sequence[Server], number: int, mishaps: Mishaps) -> float:
    callers = Callers()
    stop = callers.stop
    this = Round(number, mishaps, callers)
    this.create(callers(servers))
    workers: list[Callable[[], Any]] = []
    for n, server in enumerate(servers):
        workers += [
            partial(this.write, server, f"writer{n}a"),
            partial(this.write, server, f"writer{n}b"),
            partial(this.read, server, f"fresh{n}", fresh=True),
            partial(this.read, server, f"cached{n}", fresh=False),
        ]
    with ThreadPoolExecutor(len(workers)) as pool:
        ends = [pool.submit(keeps_going(worker, stop)) for worker in workers]
        stop.wait(ROUND_SECONDS)
        stop.set()
        for end in ends:
            end.result()
    callers.close()
    return this.check()


def made_counters(servers: Sequence[Server], names: Sequence[str]) -> list[str]:
    client = servers[0].client_as("agent")
    paths = [f"/api/v1/agents/{name}" for name in names]
    for path in paths:
        body = {**READY, "properties": {"number": 0}}
        assert client.put(path, json=body).status_code == 201
    return paths


@pytest.mark.soak
@pytest.mark.faults
@pytest.mark.timeout(MINUTES * 60 * 2 + 600)
@pytest.mark.parametrize(
    ("where", "minutes"),
    [("postgres+redis", MINUTES), ("sqlite", MINUTES / 6)],
    ids=["postgres", "sqlite"],
)
def test_nothing_is_lost_doubled_or_old_whatever_fails(
    backends: Backends, where: str, minutes: float
) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"chance seeded with {seed}")
    backend = backends.fresh(where)
    if where != "sqlite" and backend.postgres is None:
        pytest.skip("TEST_DATABASE_URL is somebody else's server: it is neither killed nor frozen")
    servers = tuple(Server(backend, backend.directory) for _ in range(2))
    callers = Callers()
    stop = callers.stop
    with closing(callers), running(*servers), ThreadPoolExecutor(20) as pool:
        mishaps = Mishaps(servers, backend, random.Random(seed))
        counters = made_counters(servers, [f"counter-{n}" for n in range(COUNTERS)])
        (locked,) = made_counters(servers, ["locked"])
        viewer = servers[0].client_as("viewer")
        fleets = [Fleet.snapshot(viewer) for _ in range(2)]
        start = pool.submit

        def started(work: Callable[..., Any], *arguments: Any) -> Any:
            return start(keeps_going(partial(work, *arguments), stop))

        try:
            counted = {
                path: [started(count_with_versions, callers(servers), path) for _ in range(2)]
                for path in counters
            }
            turns = [
                started(count_under_a_lock, callers(servers), locked, f"owner {n}")
                for n in range(3)
            ]
            watchers = [
                started(follow_by_polls, callers(servers, "viewer"), fleets[0]),
                started(follow_by_socket, servers, stop, fleets[1]),
            ]
            harm = started(mishaps.happen, stop)
            oldest, number, end = 0.0, 0, time.monotonic() + minutes * 60
            while time.monotonic() < end and not stop.is_set():
                number += 1
                oldest = max(oldest, run_round(servers, number, mishaps))
        finally:
            stop.set()
        harm.result()
        asker = callers(servers)
        for path, ends in counted.items():
            acknowledged = sum(end.result() for end in ends)
            assert asker.read(path)["properties"]["number"] == acknowledged >= 10 * number
        landed = sorted((one for end in turns for one in end.result()), key=lambda one: one[1])
        assert asker.read(locked)["properties"]["number"] == len(landed) >= 3 * number
        tokens = [token for token, _ in landed]
        assert tokens == sorted(set(tokens)), "a superseded holder wrote after its successor"
        for watcher in watchers:
            fleet = watcher.result()
            now = Fleet.snapshot(servers[0].client_as("viewer"))
            rest = {"after": fleet.cursor, "limit": 1000}
            while page := asker.until_answered("GET", "/api/v1/events", params=rest).json():
                for event in page["events"]:
                    fleet.apply(event)
                rest["after"] = page["cursor"]
                if not page["events"]:
                    break
            assert fleet.states == now.states
            print(f"{fleet.events_applied} events followed without a gap")
    print(
        f"{number} rounds; oldest cached read {oldest * 1000:.0f} ms;"
        f" {len(landed)} turns of a lock; {mishaps.happened.total()} mishaps:"
        f" {dict(mishaps.happened)}"
    )
