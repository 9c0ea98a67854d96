"""The moments a plain build gets wrong, each hit on purpose: refills, crashes, late writers."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, READY, Body, if_match
from tests.contract.cached_reads import STALE_SECONDS, stale_seconds
from tests.contract.leases import LOCKS, acquire, holding, listed, release, wish
from tests.contract.lock_waiters import asking
from tests.contract.refusals import assert_refused
from tests.contract.watching import cursor_now, events_after
from tests.faults.conftest import Armed
from tests.patience import attempts
from tests.rig.database import count_waiters, query
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults

# Who leaves early hears no answer within a second, but has a connection and has sent its request.
IMPATIENT = httpx.Timeout(30.0, read=1.0)


@pytest.fixture
def path(new_id: Callable[[str], str]) -> str:
    """An agent that is not there yet."""
    return f"/api/v1/agents/{new_id('agent')}"


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


def version_of(client: httpx.Client, path: str) -> int:
    version: int = client.get(path, headers=FROM_THE_DATABASE).json()["version"]
    return version


def forget(client: httpx.Client, path: str) -> None:
    """No cache holds the state any more."""
    answer = client.post("/api/v1/cache/invalidate", json={"key": f"agent_state:{id_of(path)}"})
    assert answer.status_code == 200, answer.text


# --- A stale refill after an invalidation -------------------------------------------------------


@pytest.mark.parametrize("change", ["created", "changed", "deleted"])
def test_a_late_refill_brings_nothing_old_back(
    here: Armed, there: Armed, threads: ThreadPoolExecutor, path: str, change: str
) -> None:
    writer, reader = here.client(), there.client()
    if change != "created":
        writer.put(path, json=READY)
    forget(writer, path)
    start = cursor_now(reader)
    with there.failpoints.paused("store.fetched"):
        late = threads.submit(reader.get, path)
        there.failpoints.wait_until_hit("store.fetched")
        if change == "deleted":
            assert writer.delete(path, headers=if_match(1)).status_code == 204
        elif change == "changed":
            assert writer.patch(path, json={"status": "Paused"}).status_code == 200
        else:
            assert writer.put(path, json=READY).status_code == 201
        watcher = there.client()
        events_after(watcher, start, 1, ids=id_of(path))
    late.result(20)
    for _ in range(3):
        answer = reader.get(path)
        if change == "deleted":
            assert answer.status_code == 404, answer.text
        else:
            assert answer.json()["version"] == (2 if change == "changed" else 1)


def test_who_joins_a_flight_is_not_told_what_was_true_before(
    here: Armed, there: Armed, threads: ThreadPoolExecutor, path: str
) -> None:
    writer, first, second = here.client(), there.client(), there.client()
    writer.put(path, json=READY)
    forget(writer, path)
    with there.failpoints.paused("store.fetched"):
        flight = threads.submit(first.get, path)
        there.failpoints.wait_until_hit("store.fetched")
        assert writer.patch(path, json={"status": "Paused"}).status_code == 200
        acknowledged = time.monotonic()
        wait_for(lambda: time.monotonic() > acknowledged + STALE_SECONDS, what="the bound passing")
        joined = threads.submit(second.get, path)
        wait([joined], timeout=0.3)
    assert joined.result(20).json()["version"] == 2
    assert flight.result(20).status_code == 200


def test_a_tail_that_stands_still_serves_nothing_old(here: Armed, there: Armed, path: str) -> None:
    writer, reader = here.client(), there.client()
    writer.put(path, json=READY)
    wait_for(lambda: reader.get(path).status_code == 200, what="the state on the other instance")
    with there.failpoints.paused("tail.read"):
        there.failpoints.wait_until_hit("tail.read")
        reader.get(path)
        assert writer.patch(path, json={"status": "Paused"}).status_code == 200
        acknowledged = time.monotonic()
        while time.monotonic() < acknowledged + 2.5 * STALE_SECONDS:
            began = time.monotonic()
            version = reader.get(path).json()["version"]
            assert version == 2 or began <= acknowledged + STALE_SECONDS
    wait_for(lambda: reader.get(path).headers["X-Cache"] == "L1", what="level 1 being served again")


# --- A crash between commit and publish ---------------------------------------------------------


def test_a_crash_after_the_commit_loses_nothing(
    here: Armed, there: Armed, path: str, new_id: Callable[[str], str]
) -> None:
    doomed, survivor = here.client(), there.client()
    doomed.put(path, json=READY)
    survivor.get(path)
    start = cursor_now(survivor)
    headers = if_match(1) | {"Idempotency-Key": new_id("key")}
    changed = {**READY, "status": "Paused"}
    here.failpoints.arm("store.committed", "crash")
    with pytest.raises(httpx.TransportError):
        doomed.put(path, json=changed, headers=headers)
    assert stale_seconds(lambda: survivor.get(path).json()["version"] == 2) <= STALE_SECONDS
    [event] = events_after(survivor, start, 1, ids=id_of(path))
    assert event["version"] == 2
    retried = survivor.put(path, json=changed, headers=headers)
    assert (retried.status_code, retried.json()["version"]) == (200, 2)
    assert retried.headers["Idempotency-Replayed"] == "true"
    here.revive()
    assert here.client().get(path).json()["version"] == 2
    assert len(survivor.get(f"{path}/history").json()["items"]) == 2


def test_a_crash_before_the_commit_leaves_nothing(
    here: Armed, there: Armed, path: str, new_id: Callable[[str], str]
) -> None:
    doomed, survivor = here.client(), there.client()
    doomed.put(path, json=READY)
    start = cursor_now(survivor)
    headers = if_match(1) | {"Idempotency-Key": new_id("key")}
    here.failpoints.arm("store.decided", "crash")
    with pytest.raises(httpx.TransportError):
        doomed.put(path, json={**READY, "status": "Paused"}, headers=headers)
    retried = survivor.put(path, json={**READY, "status": "Paused"}, headers=headers)
    assert (retried.status_code, retried.json()["version"]) == (200, 2)
    assert "Idempotency-Replayed" not in retried.headers
    assert len(events_after(survivor, start, 1, ids=id_of(path))) == 1
    here.revive()
    assert version_of(here.client(), path) == 2


# --- A paused lock holder writing late ----------------------------------------------------------


def test_a_write_that_arrives_after_its_lease_is_fenced(
    here: Armed, there: Armed, threads: ThreadPoolExecutor, path: str
) -> None:
    paused, other = here.client(), there.client()
    paused.put(path, json=READY)
    lease = acquire(paused, path, "paused", ttlSeconds=1)
    with here.failpoints.paused("store.begin"):
        late = threads.submit(
            paused.patch, path, json={"properties": {"by": "late"}}, headers=holding(lease)
        )
        here.failpoints.wait_until_hit("store.begin")
        next_lease = acquire(other, path, "next", waitSeconds=20)
        written = other.patch(
            path, json={"properties": {"by": "next"}}, headers=holding(next_lease)
        )
        assert written.status_code == 200
    assert_refused(late.result(20), 409, "lock_lost")
    state = other.get(path, headers=FROM_THE_DATABASE).json()
    assert (state["version"], state["properties"]) == (2, {"by": "next"})


def test_a_write_under_way_ends_before_the_next_holder_begins(
    here: Armed, there: Armed, threads: ThreadPoolExecutor, new_id: Callable[[str], str]
) -> None:
    """The lease was good when the transaction looked; it runs out before the commit."""
    holder, other = here.client(), there.client()

    def is_under_way_in_time() -> bool:
        path = f"/api/v1/agents/{new_id('agent')}"
        holder.put(path, json=READY)
        began = time.monotonic()
        lease = acquire(holder, path, "holder", ttlSeconds=1)
        with here.failpoints.paused("store.decided"):
            write = threads.submit(
                holder.patch, path, json={"properties": {"by": "holder"}}, headers=holding(lease)
            )
            wait_for(
                lambda: here.failpoints.is_hit("store.decided") or write.done(), what="the write"
            )
            if write.done() and time.monotonic() - began > 1:
                return False
            waiting = threads.submit(acquire, other, path, "next", waitSeconds=30)
            wait([waiting], timeout=2.0)
            assert not waiting.done(), "granted in the middle of the holder's write"
        assert write.result(20).status_code == 200
        granted = waiting.result(40)
        assert granted["fencingToken"] > lease["fencingToken"]
        state = other.get(path, headers=FROM_THE_DATABASE).json()
        assert state["properties"] == {"by": "holder"}
        assert [one["owner"] for one in listed(other, path)] == ["next"]
        return True

    for _ in attempts("a write within the first second of its lease"):
        if is_under_way_in_time():
            return


# --- A waiter for a lock that goes in the moment it joins the queue ------------------------------


def test_who_leaves_while_it_joins_the_queue_leaves_nothing_behind(
    here: Armed, there: Armed, path: str
) -> None:
    holder, backend = there.client(), there.server.backend
    lease = acquire(holder, path, "holder")
    with here.failpoints.paused("locks.joined"):
        with asking(here.server, path, "gone", waitSeconds=60):
            here.failpoints.wait_until_hit("locks.joined")
        assert count_waiters(backend, lease["id"]) == 1
    # At once, and long before its wait of 60 s is over: the machine may stand still in between.
    wait_for(
        lambda: count_waiters(backend, lease["id"]) == 0,
        timeout_seconds=10,
        what="the place of the one who left being free",
    )
    release(holder, lease)
    acquire(holder, path, "next")


def test_a_database_that_fails_while_one_joins_is_named(here: Armed, path: str) -> None:
    client = here.client()
    acquire(client, path, "holder")
    here.failpoints.arm("locks.joined", "error")
    try:
        answer = client.post(LOCKS, json=wish(path, "next", waitSeconds=5))
    finally:
        here.failpoints.disarm("locks.joined")
    assert_refused(answer, 503, "database_unavailable")


# --- A long transaction committing after a later one --------------------------------------------


class Watcher:
    """Polls all the time, from cursor to cursor, and keeps what it is told."""

    def __init__(self, client: httpx.Client, ids: list[str]) -> None:
        self.seen: list[str] = []
        self._client = client
        self._ids = ids
        self._cursor = cursor_now(client)
        self._ending = threading.Event()

    def watch(self) -> None:
        while not self._ending.is_set():
            page = self._client.get(
                "/api/v1/events", params={"after": self._cursor, "wait": 0.2}
            ).json()
            self._cursor = page["cursor"]
            self.seen += [event["id"] for event in page["events"] if event["id"] in self._ids]

    @contextmanager
    def watching(self, threads: ThreadPoolExecutor) -> Iterator["Watcher"]:
        running = threads.submit(self.watch)
        try:
            yield self
        finally:
            self._ending.set()
            running.result(20)


def test_a_transaction_that_commits_late_is_not_skipped(
    here: Armed, there: Armed, threads: ThreadPoolExecutor, new_id: Callable[[str], str]
) -> None:
    slow, fast = new_id("slow"), new_id("fast")
    with Watcher(there.client(), [slow, fast]).watching(threads) as watcher:
        with here.failpoints.paused("store.decided"):
            first = threads.submit(here.client().put, f"/api/v1/agents/{slow}", json=READY)
            here.failpoints.wait_until_hit("store.decided")
            second = threads.submit(there.client().put, f"/api/v1/agents/{fast}", json=READY)
            wait([second], timeout=1.0)
        assert (first.result(20).status_code, second.result(20).status_code) == (201, 201)
        wait_for(lambda: len(watcher.seen) >= 2, what="both events")
    assert sorted(watcher.seen) == sorted([slow, fast])


HOLD_COMMITS = """
create function hold_commit() returns trigger language plpgsql as
$$ begin perform pg_advisory_xact_lock(4711); return null; end $$;
create constraint trigger hold_commit after insert on state_changerecord
deferrable initially deferred for each row
when (new.state_id like 'slow-%') execute function hold_commit()
"""


def test_a_number_drawn_early_and_committed_late_is_not_skipped(
    here: Armed, there: Armed, threads: ThreadPoolExecutor, new_id: Callable[[str], str]
) -> None:
    """PostgreSQL draws a row's number at the insert; a deferred trigger holds up its commit."""
    backend = here.server.backend
    if backend.name != "postgres":
        pytest.skip("SQLite has one writer: nothing commits between its insert and its commit")
    slow, fast = new_id("slow"), new_id("fast")
    with psycopg.connect(backend.database_url, autocommit=True) as session:
        session.execute(HOLD_COMMITS)
        session.execute("select pg_advisory_lock(4711)")
        try:
            with Watcher(there.client(), [slow, fast]).watching(threads) as watcher:
                first = threads.submit(here.client().put, f"/api/v1/agents/{slow}", json=READY)
                waits = "select 1 from pg_locks where locktype = 'advisory' and not granted"
                wait_for(lambda: query(backend, waits), what="the commit being held up")
                second = threads.submit(there.client().put, f"/api/v1/agents/{fast}", json=READY)
                wait([second], timeout=1.0)
                session.execute("select pg_advisory_unlock(4711)")
                answers = (first.result(20).status_code, second.result(20).status_code)
                assert answers == (201, 201)
                wait_for(lambda: len(watcher.seen) >= 2, what="both events")
            assert sorted(watcher.seen) == sorted([slow, fast])
        finally:
            session.execute("select pg_advisory_unlock_all()")
            session.execute("drop function hold_commit cascade")


# --- The answer to a compare-and-swap lost ------------------------------------------------------


@pytest.fixture
def compare_and_swap(new_id: Callable[[str], str]) -> tuple[Body, dict[str, str]]:
    """The body and the headers of a write that expects version 1."""
    return {**READY, "status": "Paused"}, if_match(1) | {"Idempotency-Key": new_id("key")}


def test_the_retry_of_a_lost_answer_is_told_the_success(
    here: Armed,
    there: Armed,
    path: str,
    compare_and_swap: tuple[Body, dict[str, str]],
) -> None:
    body, headers = compare_and_swap
    impatient, retrying = here.client(), there.client()
    impatient.put(path, json=READY)
    with here.failpoints.paused("store.committed"):
        with pytest.raises(httpx.ReadTimeout):
            impatient.put(path, json=body, headers=headers, timeout=IMPATIENT)
        here.failpoints.wait_until_hit("store.committed")
        retried = retrying.put(path, json=body, headers=headers)
        assert (retried.status_code, retried.json()["version"]) == (200, 2)
        assert retried.headers["Idempotency-Replayed"] == "true"
        moved_on = retrying.patch(path, json={"status": "Ready"})
        assert moved_on.json()["version"] == 3
        again = retrying.put(path, json=body, headers=headers)
        assert again.json() == retried.json()
    without_key = retrying.put(path, json=body, headers=if_match(1))
    assert_refused(without_key, 412, "version_conflict", currentVersion=3)


def test_a_retry_that_meets_the_first_waits_for_its_answer(
    here: Armed,
    there: Armed,
    threads: ThreadPoolExecutor,
    path: str,
    compare_and_swap: tuple[Body, dict[str, str]],
) -> None:
    body, headers = compare_and_swap
    here.client().put(path, json=READY)
    with here.failpoints.paused("store.decided"):
        first = threads.submit(here.client().put, path, json=body, headers=headers)
        here.failpoints.wait_until_hit("store.decided")
        second = threads.submit(there.client().put, path, json=body, headers=headers)
        wait([second], timeout=0.5)
        if second.done():
            assert_refused(second.result(), 409, "idempotency_in_flight")
    assert first.result(20).json()["version"] == 2
    if second.result(20).status_code == 200:
        assert second.result().json() == first.result().json()
        assert second.result().headers["Idempotency-Replayed"] == "true"
    assert version_of(there.client(), path) == 2


def test_a_connection_lost_after_the_commit_is_no_failure(here: Armed, path: str) -> None:
    if here.server.backend.name != "postgres":
        pytest.skip("SQLite's commit has no connection to lose")
    client = here.client()
    here.failpoints.arm("store.committed", "error")
    try:
        answer = client.put(path, json=READY)
    finally:
        here.failpoints.disarm("store.committed")
    assert (answer.status_code, answer.json()["version"]) == (201, 1)
    assert version_of(client, path) == 1
    assert client.patch(path, json={}).json()["version"] == 2
