"""What a fleet does: nine reads to one write."""

from collections.abc import Iterator

from bench.figures import Row, at_most
from bench.rounds import Effort, Subject, in_turn
from bench.scenarios.doors import fast_door, load
from bench.stand import Stand
from bench.states import patch_body

CONNECTIONS = 64


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """Latency under full load.

    wrk is a closed loop: each connection waits for its answer before it asks again, so a stall is
    met by 64 requests at most. The server is saturated, which no fixed arrival rate would be.
    """
    door = fast_door(stand)
    series = in_turn(
        stand,
        effort,
        [
            Subject(
                "mix",
                door,
                lambda seconds: load(
                    door, "mix", seconds, connections=CONNECTIONS, role="agent", body=patch_body()
                ),
            )
        ],
    )["mix"]
    name = f"90 % GET, 10 % PATCH, {CONNECTIONS} connections"
    yield Row(f"{name}: p95", series.p95_ms, target=at_most(25))
    yield Row(f"{name}: p99", series.p99_ms, target=at_most(60))
    yield Row(name, series.per_second)
