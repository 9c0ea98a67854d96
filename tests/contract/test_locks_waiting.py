"""§4: waiting for a lock, on one instance and across two."""

import statistics
import time
from collections.abc import Callable

import httpx
import pytest

from tests.contract.leases import LOCKS, acquire, holding, listed, path_of, release, wish
from tests.contract.lock_waiters import Waiters, lease_of
from tests.contract.refusals import assert_refused
from tests.rig.backends import Backend
from tests.rig.database import count_waiters, query
from tests.rig.server import FreshServer, Server
from tests.rig.waiting import wait_for

HANDOVER_SECONDS = 0.25
# A machine that does other things as well may be late now and then; it may not be late mostly.
OUTLIER_SECONDS = 1.5

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
    delays = []
    for turn in range(6):
        path = f"/api/v1/agents/{new_id('agent')}"
        holder = two_servers[0].client_as("agent")
        lease = acquire(holder, path)
        waiting = waiters.wait(two_servers[turn % 2], path, "next")
        release(holder, lease)
        released = time.monotonic()
        answer, came = waiting.result(40)
        assert answer.status_code == 201
        delays.append(came - released)
    print("handover after a release:", [round(delay, 3) for delay in delays])
    assert statistics.median(delays) <= HANDOVER_SECONDS
    assert max(delays) <= OUTLIER_SECONDS


def test_an_expiry_hands_over_at_once(
    two_servers: Servers, waiters: Waiters, new_id: Callable[[str], str]
) -> None:
    delays = []
    for server in two_servers:
        path = f"/api/v1/agents/{new_id('agent')}"
        acquire(two_servers[0].client_as("agent"), path, ttlSeconds=1)
        expires = time.monotonic() + 1
        lease, came = waiters.wait(server, path, "next").result(40)
        assert lease.status_code == 201
        delays.append(came - expires)
    print("handover after an expiry:", [round(delay, 3) for delay in delays])
    assert min(delays) <= HANDOVER_SECONDS
    assert max(delays) <= OUTLIER_SECONDS


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
    two_servers: Servers, waiters: Waiters, path: str
) -> None:
    first, second = (server.client_as("agent") for server in two_servers)
    lease = acquire(first, path, ttlSeconds=2)
    waiting = waiters.wait(two_servers[1], path, "patient")
    refused = 0
    while not waiting.done():
        for client in (first, second):
            answer = client.post(LOCKS, json=wish(path, "barging", ttlSeconds=1))
            assert answer.status_code == 409, answer.text
            refused += 1
    assert refused >= 10, "too few attempts to prove anything"
    granted = lease_of(waiting)
    assert granted["owner"] == "patient"
    assert granted["fencingToken"] == lease["fencingToken"] + 1


def test_a_waiter_whose_connection_is_gone_is_skipped(
    two_servers: Servers, waiters: Waiters, path: str
) -> None:
    client = two_servers[0].client_as("agent")
    lease = acquire(client, path)
    impatient = two_servers[1].client_as("agent")
    with pytest.raises(httpx.ReadTimeout):
        impatient.post(LOCKS, json=wish(path, "gone", waitSeconds=60), timeout=1.0)
    wait_for(
        lambda: count_waiters(two_servers[0].backend, lease["id"]) == 0,
        timeout_seconds=2,
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
    assert max(waiting.result()[1] for waiting in twins) - released <= OUTLIER_SECONDS
    assert len(listed(client, path)) == 1


def test_a_renewal_keeps_the_others_waiting(
    two_servers: Servers, waiters: Waiters, path: str
) -> None:
    client = two_servers[0].client_as("agent")
    lease = acquire(client, path, ttlSeconds=1)
    waiting = waiters.wait(two_servers[1], path, "next", waitSeconds=2)
    for _ in range(3):
        renewed = client.patch(path_of(lease), json={"ttlSeconds": 10}, headers=holding(lease))
        assert renewed.status_code == 200
    answer, _ = waiting.result(40)
    assert_refused(answer, 409, "lock_unavailable", owner="me")


def test_another_wish_under_the_key_of_a_waiter_is_a_mismatch(
    two_servers: Servers, waiters: Waiters, path: str, new_id: Callable[[str], str]
) -> None:
    client = two_servers[0].client_as("agent")
    lease = acquire(client, path)
    headers = {"Idempotency-Key": new_id("key")}
    rightful = waiters.wait(two_servers[0], path, "rightful", headers)
    for server in two_servers:
        for other in (wish(path, "other"), wish(f"{path}.free"), wish(path, "o", waitSeconds=9)):
            started = time.monotonic()
            answer = server.client_as("agent").post(LOCKS, json=other, headers=headers)
            assert_refused(answer, 422, "idempotency_mismatch")
            assert time.monotonic() - started < OUTLIER_SECONDS
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
        "from datetime import UTC, datetime; from state.housekeeping import clean_up;"
        "clean_up(datetime.now(UTC))"
    )
    fresh_backend.manage("shell", "--no-imports", "-v0", "-c", cleaning)
    assert count_waiters(fresh_backend, "dead") == 0


@pytest.mark.faults
def test_a_waiter_whose_instance_died_is_skipped_within_2_seconds(
    fresh_server: FreshServer, waiters: Waiters
) -> None:
    living = fresh_server()
    dying = fresh_server(on=living.backend)
    path = "/api/v1/agents/contended"
    client = living.client_as("agent")
    lease = acquire(client, path)
    lost = waiters.wait(dying, path, "dead")
    patient = waiters.wait(living, path, "patient")
    dying.kill()
    killed = time.monotonic()
    release(client, lease)
    answer, came = patient.result(40)
    assert answer.status_code == 201
    assert isinstance(lost.exception(40), httpx.TransportError)
    assert came - killed <= 2 + OUTLIER_SECONDS / 3
    granted = answer.json()
    assert granted["owner"] == "patient"
    release(client, granted)
    acquire(client, path, "afterwards")
