"""§4: waiting for a lock, on one instance and across two."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import wait

import httpx
import pytest

from tests.contract.leases import LOCKS, acquire, holding, listed, path_of, release, wish
from tests.contract.lock_waiters import Waiters, asking, lease_of
from tests.contract.refusals import assert_refused
from tests.patience import attempts
from tests.rig.backends import Backend
from tests.rig.database import count_waiters, query
from tests.rig.server import FreshServer, Server
from tests.rig.waiting import wait_for

HANDOVER_SECONDS = 0.25
# A machine may stand still for seconds. Whoever was not told at all comes after a wait of 20 or 30.
STILL_SECONDS = 10.0

Servers = tuple[Server, Server]


@pytest.fixture
def path(new_id: Callable[[str], str]) -> str:
    """A state that nobody locked yet; it need not exist."""
    return f"/api/v1/agents/{new_id('agent')}"


def test_it_is_refused_when_the_wait_is_over(two_servers: Servers, path: str) -> None:
    client = two_servers[0].client_as("agent")
    holder = acquire(client, path, "holder")
    started = time.monotonic()
    answer = client.post(LOCKS, json=wish(path, waitSeconds=1))
    assert time.monotonic() - started >= 1
    assert_refused(answer, 409, "lock_unavailable", owner="holder", expiresAt=holder["expiresAt"])
    wait_for(lambda: not count_waiters(two_servers[0].backend, holder["id"]), what="leaving")


def test_a_release_hands_over_at_once_on_either_instance(
    two_servers: Servers, waiters: Waiters, new_id: Callable[[str], str]
) -> None:
    def handover(turn: int) -> float:
        path = f"/api/v1/agents/{new_id('agent')}"
        holder = two_servers[0].client_as("agent")
        lease = acquire(holder, path)
        waiting = waiters.wait(two_servers[turn % 2], path, "next")
        release(holder, lease)
        released = time.monotonic()
        answer, came = waiting.result(40)
        assert answer.status_code == 201
        return came - released

    for _ in attempts("a handover at once, mostly", 3):
        delays = [handover(turn) for turn in range(6)]
        print("handover after a release:", [round(delay, 3) for delay in delays])
        assert max(delays) < STILL_SECONDS
        if statistics.median(delays) <= HANDOVER_SECONDS:
            return


def test_an_expiry_hands_over_at_once(
    two_servers: Servers, waiters: Waiters, new_id: Callable[[str], str]
) -> None:
    def handover(server: Server) -> float:
        path = f"/api/v1/agents/{new_id('agent')}"
        acquire(two_servers[0].client_as("agent"), path, ttlSeconds=1)
        expires = time.monotonic() + 1
        lease, came = waiters.wait(server, path, "next").result(40)
        assert lease.status_code == 201
        return came - expires

    for server in two_servers:
        for _ in attempts("a handover at once"):
            delay = handover(server)
            print(f"handover after an expiry: {delay:.3f}")
            assert delay < STILL_SECONDS
            if delay <= HANDOVER_SECONDS:
                break


def test_those_who_wait_get_it_in_the_order_they_came(
    two_servers: Servers, waiters: Waiters, path: str
) -> None:
    client = two_servers[0].client_as("agent")
    lease = acquire(client, path)
    queue = [waiters.wait(two_servers[turn % 2], path, f"waiter {turn}") for turn in range(6)]
    fencing = [lease["fencingToken"]]
    release(client, lease)
    for turn, waiting in enumerate(queue):
        granted = lease_of(waiting)
        assert granted["owner"] == f"waiter {turn}"
        assert not any(later.done() for later in queue[turn + 1 :])
        fencing.append(granted["fencingToken"])
        release(client, granted)
    assert fencing == sorted(set(fencing))
    assert count_waiters(two_servers[0].backend, lease["id"]) == 0


def test_who_does_not_wait_never_barges_past_who_does(
    two_servers: Servers, waiters: Waiters, new_id: Callable[[str], str]
) -> None:
    first, second = (server.client_as("agent") for server in two_servers)
    for _ in attempts("ten who do not wait, before one who does gets it"):
        path = f"/api/v1/agents/{new_id('agent')}"
        lease = acquire(first, path, ttlSeconds=3)
        waiting = waiters.wait(two_servers[1], path, "patient")
        refused = 0
        while not waiting.done():
            for client in (first, second):
                answer = client.post(LOCKS, json=wish(path, "barging", ttlSeconds=1))
                assert answer.status_code == 409, answer.text
                refused += 1
            wait([waiting], timeout=0.02)  # the machine has others to serve
        granted = lease_of(waiting)
        assert granted["owner"] == "patient"
        assert granted["fencingToken"] == lease["fencingToken"] + 1
        if refused >= 10:
            return


def test_a_waiter_whose_connection_is_gone_is_skipped(
    two_servers: Servers, waiters: Waiters, path: str
) -> None:
    client = two_servers[0].client_as("agent")
    lease = acquire(client, path)
    backend = two_servers[0].backend
    with asking(two_servers[1], path, "gone", waitSeconds=60):
        wait_for(lambda: count_waiters(backend, lease["id"]) == 1, what="the place being taken")
    # At once, and long before its wait of 60 s is over: the machine may stand still in between.
    wait_for(
        lambda: count_waiters(backend, lease["id"]) == 0,
        timeout_seconds=STILL_SECONDS,
        what="the place of the one who left being free",
    )
    patient = waiters.wait(two_servers[0], path, "patient")
    release(client, lease)
    assert lease_of(patient)["owner"] == "patient"
    assert [one["owner"] for one in listed(client, path)] == ["patient"]


def test_a_retried_wait_is_granted_once(
    two_servers: Servers, waiters: Waiters, path: str, new_id: Callable[[str], str]
) -> None:
    client = two_servers[0].client_as("agent")
    lease = acquire(client, path)
    headers = {"Idempotency-Key": new_id("key")}
    twins = [waiters.wait(server, path, "twin", headers) for server in two_servers]
    release(client, lease)
    released = time.monotonic()
    first, second = (lease_of(waiting) for waiting in twins)
    assert first == second
    assert max(waiting.result()[1] for waiting in twins) - released < STILL_SECONDS
    assert len(listed(client, path)) == 1


def test_a_renewal_keeps_the_others_waiting(
    two_servers: Servers, waiters: Waiters, new_id: Callable[[str], str]
) -> None:
    client = two_servers[0].client_as("agent")
    for _ in attempts("a renewal within the first second"):
        path = f"/api/v1/agents/{new_id('agent')}"
        began = time.monotonic()
        lease = acquire(client, path, ttlSeconds=1)
        waiting = waiters.wait(two_servers[1], path, "next", waitSeconds=2)
        renewals = [
            client.patch(path_of(lease), json={"ttlSeconds": 30}, headers=holding(lease))
            for _ in range(3)
        ]
        came_too_late = renewals[0].status_code == 409 and time.monotonic() - began > 1
        if came_too_late:
            continue
        assert [renewed.status_code for renewed in renewals] == [200, 200, 200]
        answer, _ = waiting.result(40)
        assert_refused(answer, 409, "lock_unavailable", owner="me")
        return


def test_another_wish_under_the_key_of_a_waiter_is_a_mismatch(
    two_servers: Servers, waiters: Waiters, path: str, new_id: Callable[[str], str]
) -> None:
    client = two_servers[0].client_as("agent")
    lease = acquire(client, path, ttlSeconds=120)
    headers = {"Idempotency-Key": new_id("key")}
    rightful = waiters.wait(two_servers[0], path, "rightful", headers, waitSeconds=60)
    for server in two_servers:
        for other in (wish(path, "other"), wish(f"{path}.free"), wish(path, "o", waitSeconds=20)):
            started = time.monotonic()
            answer = server.client_as("agent").post(LOCKS, json=other, headers=headers)
            assert_refused(answer, 422, "idempotency_mismatch")
            assert time.monotonic() - started < STILL_SECONDS, "after its wait, or the other's"
        renewal = {"headers": headers | holding(lease), "json": {"ttlSeconds": 9}}
        assert_refused(client.patch(path_of(lease), **renewal), 422, "idempotency_mismatch")
    release(client, lease)
    assert lease_of(rightful)["owner"] == "rightful"


INSERT_WAITER = """
insert into state_lockwaiter (kind, state_id, owner, seen_at)
values ('agent', %s, 'of an instance that was killed', '2020-01-01 00:00:00')
"""


def test_who_meets_a_dead_waiter_removes_it(two_servers: Servers, path: str) -> None:
    backend, state_id = two_servers[0].backend, wish(path)["id"]
    query(backend, INSERT_WAITER, [state_id])
    acquire(two_servers[0].client_as("agent"), path)
    assert count_waiters(backend, state_id) == 0


def test_a_waiter_whose_place_was_given_away_takes_it_back(
    two_servers: Servers, waiters: Waiters, path: str
) -> None:
    """An instance that stood still for seconds and goes on: the others took it for dead."""
    backend, client = two_servers[0].backend, two_servers[0].client_as("agent")
    lease = acquire(client, path)
    waiting = waiters.wait(two_servers[1], path, "patient")
    query(backend, "delete from state_lockwaiter where state_id = %s", [lease["id"]])
    wait_for(lambda: count_waiters(backend, lease["id"]) == 1, what="the place being taken")
    release(client, lease)
    assert lease_of(waiting)["owner"] == "patient"


def test_housekeeping_removes_dead_waiters(fresh_backend: Backend) -> None:
    query(fresh_backend, INSERT_WAITER, ["dead"])
    cleaning = (
        "from datetime import UTC, datetime; from state.service.housekeeping import clean_up;"
        "clean_up(datetime.now(UTC))"
    )
    fresh_backend.manage("shell", "--no-imports", "-v0", "-c", cleaning)
    assert count_waiters(fresh_backend, "dead") == 0


@pytest.mark.faults
def test_a_waiter_whose_instance_died_is_skipped_within_2_seconds(
    fresh_server: FreshServer, waiters: Waiters, new_id: Callable[[str], str]
) -> None:
    living = fresh_server()
    client = living.client_as("agent")

    def skipped_after_seconds() -> float:
        dying = fresh_server(on=living.backend)
        path = f"/api/v1/agents/{new_id('contended')}"
        lease = acquire(client, path)
        lost = waiters.wait(dying, path, "dead")
        patient = waiters.wait(living, path, "patient")
        dying.kill()
        killed = time.monotonic()
        release(client, lease)
        answer, came = patient.result(40)
        assert answer.status_code == 201
        assert isinstance(lost.exception(40), httpx.TransportError)
        granted = answer.json()
        assert granted["owner"] == "patient"
        release(client, granted)
        acquire(client, path, "afterwards")
        return came - killed

    for _ in attempts("a dead waiter skipped within 2 s", 3):
        seconds = skipped_after_seconds()
        assert seconds < 15, "after a wait of 30"
        # It takes up to 1.85 s; the rest is the way of the kill and of the answer.
        if seconds <= 2.5:
            return
