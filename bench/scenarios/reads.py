"""Reads of one state: from level 1, and past all caches."""

import itertools
from collections.abc import Iterator

from bench.figures import Row, at_least, at_most
from bench.rounds import Effort, Subject, in_turn
from bench.scenarios.doors import FAST, PLAIN, fast_door, load, plain_door
from bench.stand import Stand
from bench.states import create_agents
from bench.wrk import Load, run_wrk

CONNECTIONS = 64
MISS_CONNECTIONS = 16
COLD_AGENTS = 50_000


def measure_hits(stand: Stand, effort: Effort) -> Iterator[Row]:
    """GET of a thousand agents that level 1 holds, with a key, on 64 connections."""
    fast, plain, bare = fast_door(stand), plain_door(stand), stand.bare()

    def hello(seconds: float) -> Load:
        return run_wrk(
            bare.url, "get", connections=CONNECTIONS, seconds=seconds, key=fast.key("viewer")
        )

    series = in_turn(
        stand,
        effort,
        [
            Subject("bare", bare, hello),
            Subject(
                FAST, fast, lambda s: load(fast, "get", s, connections=CONNECTIONS, role="viewer")
            ),
            Subject(
                PLAIN,
                plain,
                lambda s: load(plain, "get", s, connections=CONNECTIONS, role="viewer"),
            ),
        ],
    )
    ours = series[FAST]
    yield Row(
        "GET, level-1 hit, 64 connections",
        ours.per_second,
        "bare ASGI app",
        series["bare"].per_second,
        at_least(0.55),
    )
    yield Row(
        "GET, level-1 hit, 64 connections",
        ours.per_second,
        PLAIN,
        series[PLAIN].per_second,
        at_least(15),
    )
    yield Row("GET, level-1 hit: processor", ours.cpu, "bare ASGI app", series["bare"].cpu)
    yield Row("GET, level-1 hit: processor", ours.cpu, PLAIN, series[PLAIN].cpu)


def measure_misses(stand: Stand, effort: Effort) -> Iterator[Row]:
    """GET of agents that no cache holds: every request names another one, never read before."""
    door = stand.door("cold")
    create_agents(door, COLD_AGENTS)
    firsts = itertools.count(0, 1)
    share = COLD_AGENTS // (effort.rounds + 1)

    def cold(seconds: float) -> Load:
        with door.client("operator") as client:
            client.post("/api/v1/cache/invalidate", json={"category": "agent_state"})
        return load(
            door,
            "get",
            seconds,
            connections=MISS_CONNECTIONS,
            role="viewer",
            ids=COLD_AGENTS,
            first=next(firsts) * share,
        )

    series = in_turn(stand, effort, [Subject("cold", door, cold)])["cold"]
    yield Row("GET, cold caches, 16 connections: p95", series.p95_ms, target=at_most(15))
    yield Row("GET, cold caches, 16 connections", series.per_second)
    yield Row("GET, cold caches: processor", series.cpu)
    stand.close_door("cold")
