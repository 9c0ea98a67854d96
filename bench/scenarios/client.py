"""What the Python client adds to bare httpx, and what a read from its cache costs."""

import time
from collections.abc import Callable, Iterator
from statistics import quantiles

import httpx
from lightning_client import AgentState, Lightning

from bench.figures import Row, at_most
from bench.rounds import Effort, Subject, in_turn
from bench.stand import Stand
from bench.wrk import BrokenRun, Load

AGENT = "client-bench"
PROPERTIES = {f"property-{number}": "x" * 20 for number in range(8)}
UP_SECONDS = 10.0


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """One state read over one connection, by both; then from memory."""
    door = stand.door("client")
    key = door.key("agent")
    with (
        Lightning(door.url, key) as lightning,
        Lightning(door.url, key, cache=True) as cached,
        httpx.Client(base_url=door.url, headers={"Authorization": f"Bearer {key}"}) as bare,
    ):
        state = AgentState(agent_type="Bench", status="Ready", properties=PROPERTIES)
        lightning.set("agent", AGENT, state, overwrite=True)
        path = f"/api/v1/agents/{AGENT}"
        subjects = [
            Subject("bare", door, lambda seconds: repeat(lambda: bare.get(path), seconds)),
            Subject("client", door, lambda s: repeat(lambda: lightning.get("agent", AGENT), s)),
            Subject("cached", door, lambda s: repeat(lambda: cached.get("agent", AGENT), s)),
        ]
        fill(cached)
        series = in_turn(stand, effort, subjects)
        yield Row(
            "client: get",
            series["client"].mean_ms,
            "bare httpx",
            series["bare"].mean_ms,
            at_most(1.5),
        )
        yield Row("client: cached get (≤ 0.02 ms)", series["cached"].mean_ms, target=at_most(0.02))
    stand.close_door("client")


def fill(cached: Lightning) -> None:
    """Read until the cache answers; raises BrokenRun when it never does."""
    assert cached.cache is not None
    deadline = time.monotonic() + UP_SECONDS
    while not cached.cache.hits:
        if time.monotonic() > deadline:
            raise BrokenRun("the client's cache did not come up")
        cached.get("agent", AGENT)


def repeat(call: Callable[[], object], seconds: float) -> Load:
    """Calls one after the other, each timed."""
    took: list[float] = []
    started = time.perf_counter()
    now = started
    while now - started < seconds:
        call()
        before, now = now, time.perf_counter()
        took.append((now - before) * 1e6)
    centiles = quantiles(took, n=100)
    mean = sum(took) / len(took)
    return Load(len(took), now - started, 0, 0, mean, centiles[49], centiles[94], centiles[98])
