"""§4: never two hold a lock, however many contend over two instances; who is late is fenced."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import httpx
import pytest

from tests.concurrency.crowd import all_at_once
from tests.contract.bodies import FROM_THE_DATABASE, READY, Body
from tests.contract.leases import LOCKS, acquire, holding, listed, path_of, release, wish
from tests.contract.refusals import assert_refused
from tests.rig.database import count_waiters
from tests.rig.server import Server
from tests.rig.waiting import wait_for

CONTENDERS = 50


@dataclass(frozen=True)
class Turn:
    """One holder's time: from the answer that granted the lock to the request that gave it back."""

    owner: str
    fencing_token: int
    began: float
    ended: float


class Contest:
    """Contenders who each add one to a counter that only the lock protects."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.holders = 0
        self._count = threading.Lock()

    def take_a_turn(self, client: httpx.Client, owner: str) -> Turn:
        lease = self._wait_for_it(client, owner)
        began = time.monotonic()
        self._enter()
        self._add_one(client, lease)
        self._leave()
        ended = time.monotonic()
        release(client, lease)
        return Turn(owner, lease["fencingToken"], began, ended)

    def _wait_for_it(self, client: httpx.Client, owner: str) -> Body:
        """The lease; whose minute is over asks again: 50 turns may take longer than that."""
        asked = wish(self.path, owner, waitSeconds=60, ttlSeconds=60)
        while True:
            answer = client.post(LOCKS, json=asked, timeout=90.0)
            if answer.status_code == 201:
                lease: Body = answer.json()
                return lease
            assert_refused(answer, 409, "lock_unavailable")

    def _enter(self) -> None:
        with self._count:
            self.holders += 1
            assert self.holders == 1, "two hold the lock"

    def _leave(self) -> None:
        with self._count:
            self.holders -= 1

    def _add_one(self, client: httpx.Client, lease: Body) -> None:
        """Reads and writes without a version check: the lock alone keeps the count right."""
        state = client.get(self.path, headers=FROM_THE_DATABASE).json()
        number = state["properties"]["number"] + 1
        answer = client.patch(
            self.path, json={"properties": {"number": number}}, headers=holding(lease)
        )
        assert answer.status_code == 200, answer.text


@pytest.mark.timeout(300)
def test_of_50_contenders_never_two_hold_it(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    contest = Contest(f"/api/v1/agents/{new_id('contended')}")
    clients = [two_servers[n % 2].client_as("agent") for n in range(CONTENDERS)]
    body = {**READY, "properties": {"number": 0}}
    assert clients[0].put(contest.path, json=body).status_code == 201
    turns = all_at_once(
        [partial(contest.take_a_turn, client, f"contender {n}") for n, client in enumerate(clients)]
    )
    assert len(turns) == CONTENDERS
    turns.sort(key=lambda turn: turn.began)
    for before, after in itertools.pairwise(turns):
        assert before.ended <= after.began, f"{before} and {after} overlap"
        assert before.fencing_token < after.fencing_token
    handovers = sorted(after.began - before.ended for before, after in itertools.pairwise(turns))
    print(
        f"handover among {CONTENDERS}: p50 {handovers[len(handovers) // 2] * 1000:.0f} ms,"
        f" max {handovers[-1] * 1000:.0f} ms"
    )
    state = clients[0].get(contest.path, headers=FROM_THE_DATABASE).json()
    assert (state["properties"]["number"], state["version"]) == (CONTENDERS, CONTENDERS + 1)
    assert listed(clients[0], contest.path) == []
    state_id = contest.path.rpartition("/")[2]
    assert count_waiters(two_servers[0].backend, state_id) == 0


def test_a_paused_holder_is_fenced(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    path = f"/api/v1/agents/{new_id('fenced')}"
    paused, other = (server.client_as("agent") for server in two_servers)
    paused.put(path, json=READY)
    old = acquire(paused, path, "paused", ttlSeconds=60)
    assert paused.patch(
        path, json={"properties": {"by": "paused"}}, headers=holding(old)
    ).is_success
    soon = paused.patch(path_of(old), json={"ttlSeconds": 1}, headers=holding(old))
    assert soon.status_code == 200
    new = acquire(other, path, "next", waitSeconds=20)
    assert new["fencingToken"] > old["fencingToken"]
    written = other.patch(path, json={"properties": {"by": "next"}}, headers=holding(new))
    assert written.status_code == 200
    late = {"properties": {"by": "paused, late"}}
    assert_refused(paused.patch(path, json=late, headers=holding(old)), 409, "lock_lost")
    release(other, new)
    assert_refused(paused.patch(path, json=late, headers=holding(old)), 409, "lock_lost")
    wait_for(
        lambda: paused.get(path).json()["properties"]["by"] == "next", what="the last good write"
    )
