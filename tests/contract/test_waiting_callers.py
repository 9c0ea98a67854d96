"""§4, §5: those who wait hold up nobody else."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, READY
from tests.contract.leases import acquire, release, wish
from tests.contract.watching import cursor_now
from tests.rig.database import count_waiters
from tests.rig.server import FreshServer
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.one_place

POLLS, WAITERS = 20, 10  # more than the 20 connections of an instance's pool
PATH = "/api/v1/agents/contended"
PATIENCE_SECONDS = 90


def hold_once(client: httpx.Client) -> None:
    """Waits for the lock, and gives it to the next one."""
    client.timeout = PATIENCE_SECONDS
    release(client, acquire(client, PATH, waitSeconds=60))


def test_who_waits_holds_no_database_connection(fresh_server: FreshServer) -> None:
    server = fresh_server()
    client = server.client_as("agent")
    held = acquire(client, PATH, ttlSeconds=600)
    cursor = cursor_now(client)
    # Keys of as many callers: each is looked up for itself.
    keys = [server.create_key(f"caller {n}", "agent") for n in range(POLLS + WAITERS)]
    parameters = {"after": cursor, "wait": "60"}
    with ThreadPoolExecutor(POLLS + WAITERS) as pool:
        polls = [
            pool.submit(
                server.client(key).get,
                "/api/v1/events",
                params=parameters,
                timeout=PATIENCE_SECONDS,
            )
            for key in keys[:POLLS]
        ]
        waiters = [pool.submit(hold_once, server.client(key)) for key in keys[POLLS:]]
        wait_for(
            lambda: count_waiters(server.backend, wish(PATH)["id"]) == WAITERS,
            what="every waiter in the queue",
        )
        for number in range(30):
            read = client.get(f"/api/v1/agents/unknown-{number}", headers=FROM_THE_DATABASE)
            assert read.status_code == 404
        release(client, held)
        for waiter in waiters:
            waiter.result()
        client.put("/api/v1/agents/news", json=READY).raise_for_status()
        answers: list[httpx.Response] = [poll.result() for poll in polls]
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json()["events"] for answer in answers)
