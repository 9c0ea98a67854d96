"""An instance that dies, or stands still, in the middle of a write does not hold up the other."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, READY, if_match
from tests.contract.leases import acquire, holding
from tests.faults.conftest import Armed

pytestmark = pytest.mark.faults

RELEASED_SECONDS = 8.0  # PostgreSQL itself would end the transaction after ten


@pytest.fixture
def path(new_id: Callable[[str], str]) -> str:
    """An agent that is not there yet."""
    return f"/api/v1/agents/{new_id('agent')}"


def test_a_killed_instance_s_half_done_write_is_undone_at_once(
    here: Armed, there: Armed, threads: ThreadPoolExecutor, path: str
) -> None:
    doomed, survivor = here.client(), there.client()
    doomed.put(path, json=READY)
    with here.failpoints.paused("store.decided"):
        lost = threads.submit(doomed.patch, path, json={"status": "Failed"})
        here.failpoints.wait_until_hit("store.decided")
        here.server.kill()
        killed = time.monotonic()
        answer = survivor.patch(path, json={"status": "Paused"})
        assert time.monotonic() - killed < RELEASED_SECONDS
    assert isinstance(lost.exception(20), httpx.TransportError)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    here.server.start()
    state = here.client().get(path).json()
    assert (state["version"], state["status"]) == (2, "Paused")


def test_a_killed_instance_s_locks_last_to_their_time_and_no_longer(
    here: Armed, there: Armed, path: str
) -> None:
    lease = acquire(here.client(), path, "doomed", ttlSeconds=10)
    here.server.kill()
    survivor = there.client()
    assert survivor.put(path, json=READY).status_code == 423
    granted = acquire(survivor, path, "survivor", waitSeconds=20, ttlSeconds=600)
    assert granted["fencingToken"] > lease["fencingToken"]
    assert survivor.put(path, json=READY, headers=holding(granted)).status_code == 201
    here.server.start()
    assert here.client().put(path, json=READY, headers=if_match(1)).status_code == 423


@pytest.mark.slow
def test_an_instance_that_stands_still_does_not_keep_a_state_for_ever(
    here: Armed, there: Armed, threads: ThreadPoolExecutor, path: str
) -> None:
    """A frozen process keeps its connection, and with it the row it was about to write."""
    if here.server.backend.name != "postgres":
        pytest.skip("SQLite's write lock belongs to the process: only its end releases it")
    frozen, other = here.client(), there.client()
    frozen.put(path, json=READY)
    with here.failpoints.paused("store.decided"):
        late = threads.submit(frozen.patch, path, json={"status": "Failed"})
        here.failpoints.wait_until_hit("store.decided")
        answer = other.patch(path, json={"status": "Paused"})
        # Not 503: that is the answer after 12 s, the longest wait for a row.
        assert answer.status_code == 200, answer.text
    assert late.result(30).status_code == 503
    state = other.get(path, headers=FROM_THE_DATABASE).json()
    assert (state["version"], state["status"]) == (2, "Paused")
    assert here.client().patch(path, json={}).json()["version"] == 3
