"""Appending to a run that knows little, and to one that knows a lot."""

import itertools
from collections.abc import Iterator

from bench.figures import Row, at_most
from bench.rounds import Effort, Subject, in_turn
from bench.scenarios.doors import load
from bench.stand import Stand
from bench.states import create_researches

FEW, MANY = 10, 10_000
RESEARCHES = 5


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """The time of one append on one connection."""
    door = stand.door("facts")
    for facts in (FEW, MANY):
        create_researches(door, f"run{facts}", RESEARCHES, facts)
    runs = itertools.count()

    def subject(facts: int) -> Subject:
        return Subject(
            f"{facts}",
            door,
            lambda seconds: load(
                door,
                "facts",
                seconds,
                connections=1,
                role="agent",
                ids=RESEARCHES,
                prefix=f"run{facts}",
                run=f"more{next(runs)}",
            ),
        )

    series = in_turn(stand, effort, [subject(FEW), subject(MANY)])
    yield Row(
        f"append one fact to {MANY:,}",
        series[f"{MANY}"].mean_ms,
        f"to {FEW}",
        series[f"{FEW}"].mean_ms,
        at_most(1.3),
    )
    stand.close_door("facts")
