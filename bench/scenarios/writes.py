"""Durable writes of one state by many clients, against pgbench's and the DRF door's."""

from collections.abc import Callable, Iterator

from bench.figures import Row, Target, at_least
from bench.pgbench import run_pgbench
from bench.rounds import Effort, Subject, in_turn
from bench.scenarios.doors import FAST, PLAIN, compare_and_swap, fast_door, load, plain_door
from bench.stand import Door, Stand
from bench.states import AGENTS, create_agents, patch_body
from bench.wrk import Load

CONNECTIONS = 64
PGBENCH = "pgbench"

DoorRun = Callable[[Door, float], Load]


def measure_puts(stand: Stand, effort: Effort) -> Iterator[Row]:
    """PUT with If-Match: a compare-and-swap that always finds its version."""

    def put(door: Door, seconds: float) -> Load:
        return compare_and_swap(stand, door, seconds, connections=CONNECTIONS)

    name = f"PUT with If-Match, {CONNECTIONS} connections"
    yield from _against_both(stand, effort, name, put, at_least(0.6), at_least(5))


def measure_patches(stand: Stand, effort: Effort) -> Iterator[Row]:
    """PATCH: a merge into whatever is there."""

    def patch(door: Door, seconds: float) -> Load:
        return load(
            door, "patch", seconds, connections=CONNECTIONS, role="agent", body=patch_body()
        )

    name = f"PATCH, {CONNECTIONS} connections"
    yield from _against_both(stand, effort, name, patch, at_least(0.5), None)


def _against_both(
    stand: Stand,
    effort: Effort,
    name: str,
    run: DoorRun,
    of_pgbench: Target,
    of_plain: Target | None,
) -> Iterator[Row]:
    fast, plain = fast_door(stand), plain_door(stand)
    subjects = [
        Subject(FAST, fast, lambda seconds: run(fast, seconds)),
        Subject(PLAIN, plain, lambda seconds: run(plain, seconds)),
    ]
    if stand.has_postgres:
        subjects.append(_pgbench(stand))
    series = in_turn(stand, effort, subjects)
    ours = series[FAST]
    if stand.has_postgres:
        yield Row(name, ours.per_second, PGBENCH, series[PGBENCH].per_second, of_pgbench)
    yield Row(name, ours.per_second, PLAIN, series[PLAIN].per_second, of_plain)
    yield Row(f"{name}: processor", ours.cpu, PLAIN, series[PLAIN].cpu)
    yield Row(f"{name}: p95", ours.p95_ms, PLAIN, series[PLAIN].p95_ms)


def _pgbench(stand: Stand) -> Subject:
    is_new = not stand.has_door(PGBENCH)
    door = stand.door(PGBENCH)  # its server made the states and is frozen from then on
    if is_new:
        create_agents(door)
    return Subject(
        PGBENCH,
        None,
        lambda seconds: run_pgbench(door, clients=CONNECTIONS, seconds=seconds, ids=AGENTS),
    )
