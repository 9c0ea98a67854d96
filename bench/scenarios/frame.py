"""What the frame around every call costs: limiter, deadline and counting."""

from collections.abc import Iterator
from functools import partial

from bench.figures import Row, at_least
from bench.rounds import Effort, Subject, in_turn
from bench.scenarios.doors import compare_and_swap, fast_door, load
from bench.stand import Door, Stand
from bench.states import create_agents
from bench.wrk import Load

CONNECTIONS = 64
UNFRAMED = "the same without them"


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """Level-1 hits and compare-and-swaps, with the frame's additions and without."""
    whole = fast_door(stand)
    bare = stand.door(UNFRAMED, DJANGO_SETTINGS_MODULE="bench.unframed_settings")
    create_agents(bare)

    def get(door: Door, seconds: float) -> Load:
        return load(door, "get", seconds, connections=CONNECTIONS, role="viewer")

    def put(door: Door, seconds: float) -> Load:
        return compare_and_swap(stand, door, seconds, connections=CONNECTIONS)

    for name, run, least in (("GET, level-1 hit", get, 0.95), ("PUT with If-Match", put, 0.97)):
        series = in_turn(
            stand,
            effort,
            [
                Subject("whole", whole, partial(run, whole)),
                Subject(UNFRAMED, bare, partial(run, bare)),
            ],
        )
        yield Row(
            f"{name}, with limiter, deadline and metrics",
            series["whole"].per_second,
            UNFRAMED,
            series[UNFRAMED].per_second,
            at_least(least),
        )
        yield Row(f"{name}: processor", series["whole"].cpu, UNFRAMED, series[UNFRAMED].cpu)
    stand.close_door(UNFRAMED)
