"""§4, §5: whoever waits is answered at once when the server begins to end."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.leases import acquire, wish
from tests.contract.lock_waiters import Waiters
from tests.contract.refusals import assert_refused
from tests.contract.watching import cursor_now, start_poll
from tests.rig.database import count_waiters
from tests.rig.server import FreshServer
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults

SOON_SECONDS = 8.0  # of the ten that the server would give


@pytest.mark.parametrize("workers", ["1", "2"])
def test_who_waits_is_sent_home_at_a_restart_and_at_the_end(
    fresh_server: FreshServer, waiters: Waiters, workers: str
) -> None:
    server = fresh_server(LIGHTNING_MIN_INSTANCES=workers)
    path = "/api/v1/agents/contended"
    with server.client_as("agent") as client:
        lease = acquire(client, path, ttlSeconds=600)
        cursor = cursor_now(client)

    def send(number: signal.Signals) -> tuple[float, float]:
        """Sends the signal while some wait for the lock; when it was, and the last was told."""
        queue = [waiters.wait(server, path, f"waiter {turn}", waitSeconds=60) for turn in range(3)]
        told = time.monotonic()
        server.process.send(number)
        answers = [waiting.result(80) for waiting in queue]
        for answer, _ in answers:
            assert_refused(answer, 503, "overloaded")
            assert answer.headers["Retry-After"]
        assert count_waiters(server.backend, wish(path)["id"]) == 0
        return told, max(came for _, came in answers)

    told, came = send(signal.SIGHUP)
    if workers == "1":  # of several each ends when its successor serves
        assert came - told < SOON_SECONDS
    again = waiters.ask(server, path, "again").result(80)[0]
    assert_refused(again, 409, "lock_unavailable", expiresAt=lease["expiresAt"])

    with ThreadPoolExecutor(1) as threads:
        poll = start_poll(threads, server, cursor, wait_seconds=25)
        told, _ = send(signal.SIGTERM)
        answer = poll.result(60)
        assert time.monotonic() - told < SOON_SECONDS
    assert (answer.status_code, answer.json()["events"]) == (200, [])
    wait_for(lambda: not server.process.is_running, what="the end of the server")
