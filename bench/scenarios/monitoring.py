"""What looking at an instance costs: a scrape of five workers, a round over silent agents."""

import time
from collections.abc import Iterator

import httpx

from bench.figures import Row, at_most, figure
from bench.rounds import Effort
from bench.stand import Stand
from bench.states import create_agents
from tests.rig.environment import run_python

WORKERS = 5
SCRAPES = 20
AGENTS = 10_000


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """``GET /metrics`` of an instance that has done something in each of its workers."""
    door = stand.door(
        "five workers",
        LIGHTNING_MIN_INSTANCES=str(WORKERS),
        LIGHTNING_MAX_INSTANCES=str(WORKERS),
    )
    create_agents(door)
    with stand.only(door):
        yield Row(
            "/metrics, 5 workers", figure([*_scrapes(stand, effort)], "ms"), target=at_most(50)
        )
    stand.close_door("five workers")
    backend = stand.fresh_backend()
    with stand.only():
        rounds = run_python(
            "-m",
            "bench.silence",
            str(AGENTS),
            str(effort.rounds),
            environment=backend.environment(),
        )
    yield Row(
        f"{AGENTS:,} agents judged for silence",
        figure([float(one) for one in rounds.split()], "ms"),
        target=at_most(100),
    )


def _scrapes(stand: Stand, effort: Effort) -> Iterator[float]:
    door = stand.door("five workers")
    headers = {"Authorization": f"Bearer {door.key('viewer')}"}
    for number in range(SCRAPES * effort.rounds):
        # A connection each, so that all workers are met: by turns they answer, and are asked.
        with httpx.Client(base_url=door.url, headers=headers, timeout=60) as client:
            client.get(f"/api/v1/agents/agent-{number % 100 + 1}").raise_for_status()
            began_at = time.perf_counter()
            client.get("/metrics").raise_for_status()
            yield 1000 * (time.perf_counter() - began_at)
