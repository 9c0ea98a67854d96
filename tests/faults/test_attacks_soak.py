"""While nobody attacks in each known way, a client who is known gets its answers as before (§8).

A healthy client asks at fixed times, whatever the answers take (an open loop), so that one stall
is met by all who would have come meanwhile. Its figures are printed: ``pytest -s``.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import httpx
import pytest

from tests.contract.processes import resident_bytes
from tests.contract.raw_http import connected
from tests.contract.test_before_authentication import ATTACKS, BUSY, START, endless
from tests.faults.soak import SOAK_SECONDS
from tests.rig.backends import Backends
from tests.rig.server import Server, running

pytestmark = [pytest.mark.faults, pytest.mark.soak]

MIB = 1024 * 1024
EVERY_SECONDS = 0.02
P95_SECONDS = 0.1
TIMES_AS_SLOW = 4
"""On a machine that is slow without an attack, too, so much slower is borne."""

GROWTH_BYTES = 48 * MIB
"""What an attacker sends again and again."""


def endless_one(name: str) -> Callable[[Server, threading.Event], None]:
    """Sends what never ends, again and again, without reading."""

    def attack(server: Server, stop: threading.Event) -> None:
        while not stop.is_set():
            with suppress(OSError), connected(server) as connection:
                connection.settimeout(0.5)
                for part in endless(*ATTACKS[name]):
                    if stop.is_set():
                        break
                    connection.sendall(part)

    return attack


def many_idle(start: bytes) -> Callable[[Server, threading.Event], None]:
    """Opens connections that say this much and no more."""

    def attack(server: Server, stop: threading.Event) -> None:
        with ExitStack() as stack:
            while not stop.is_set():
                with suppress(OSError):
                    if len(stack._exit_callbacks) < 500:  # type: ignore[attr-defined]
                        stack.enter_context(connected(server)).sendall(start)
                        continue
                stop.wait(0.1)

    return attack


WAYS = {
    **{name: endless_one(name) for name in ATTACKS},
    "silent connections": many_idle(b""),
    "half heads": many_idle(START + b"X-Half: "),
    "half bodies": many_idle(BUSY),
}


def p95_of(server: Server, seconds: float) -> float:
    """A healthy client's 95th percentile, from when each question was due."""
    with httpx.Client(
        base_url=server.url, headers={"X-Api-Key": server.backend.keys["viewer"]}, timeout=60
    ) as client:
        client.get("/api/v1/agents/a")

        def ask(due_at: float) -> float:
            assert client.get("/api/v1/agents/a").status_code == 200
            return time.monotonic() - due_at

        with ThreadPoolExecutor(16) as pool:
            asked, due_at = [], time.monotonic()
            ends_at = due_at + seconds
            while due_at < ends_at:
                time.sleep(max(0.0, due_at - time.monotonic()))
                asked.append(pool.submit(ask, due_at))
                due_at += EVERY_SECONDS
            took = sorted(one.result() for one in asked)
    return took[int(len(took) * 0.95)]


@pytest.fixture(scope="module")
def attacked(backends: Backends) -> Iterator[Server]:
    backend = backends.fresh("sqlite")
    with running(Server(backend, backend.directory)) as (server,):
        state = {"agentType": "A", "status": "Ready"}
        assert server.client_as("agent").put("/api/v1/agents/a", json=state).status_code == 201
        yield server


@pytest.mark.timeout(SOAK_SECONDS + 300)
@pytest.mark.parametrize("name", WAYS)
def test_a_healthy_client_is_served_meanwhile(attacked: Server, name: str) -> None:
    seconds = max(5.0, SOAK_SECONDS / len(WAYS))
    calm = p95_of(attacked, min(seconds, 5.0))
    before = resident_bytes(attacked.process.pid)
    stop = threading.Event()
    attacker = threading.Thread(target=WAYS[name], args=(attacked, stop), daemon=True)
    attacker.start()
    try:
        p95 = p95_of(attacked, seconds)
        growth = resident_bytes(attacked.process.pid) - before
    finally:
        stop.set()
        attacker.join(30)
    print(
        f"{name}: p95 {1000 * p95:.1f} ms, {1000 * calm:.1f} ms without;"
        f" memory {growth / MIB:+.1f} MiB"
    )
    assert p95 < max(P95_SECONDS, TIMES_AS_SLOW * calm)
    assert growth < GROWTH_BYTES
