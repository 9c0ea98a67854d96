"""Measures several subjects in turn, so that all of them meet the same moods of the machine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.cpu import cpu_seconds
from bench.figures import Figure, figure
from bench.stand import Pausable, Stand
from bench.wrk import Load

Run = Callable[[float], Load]
"""Puts load on a subject for so many seconds."""


@dataclass(frozen=True)
class Effort:
    """How long to measure."""

    rounds: int = 5
    seconds: float = 5.0
    warm_up_seconds: float = 2.0


@dataclass(frozen=True)
class Subject:
    """Something to measure; ``server`` is None for what brings its own (pgbench)."""

    name: str
    server: Pausable | None
    run: Run


@dataclass
class Series:
    """What the rounds measured of one subject."""

    loads: list[Load] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> Figure:
        return figure([load.per_second for load in self.loads], "/s")

    @property
    def cpu(self) -> Figure:
        return figure(self.cpu_us, "µs CPU")

    @property
    def mean_ms(self) -> Figure:
        return figure([load.mean_us / 1000 for load in self.loads], "ms")

    @property
    def p95_ms(self) -> Figure:
        return figure([load.p95_us / 1000 for load in self.loads], "ms")

    @property
    def p99_ms(self) -> Figure:
        return figure([load.p99_us / 1000 for load in self.loads], "ms")


def in_turn(stand: Stand, effort: Effort, subjects: Sequence[Subject]) -> Mapping[str, Series]:
    """Each subject once a round, after a warm-up of each; what is not measured is frozen."""
    for subject in subjects:
        _once(stand, subject, effort.warm_up_seconds)
    series = {subject.name: Series() for subject in subjects}
    for _ in range(effort.rounds):
        for subject in subjects:
            load, cpu_us = _once(stand, subject, effort.seconds)
            series[subject.name].loads.append(load)
            series[subject.name].cpu_us.append(cpu_us)
    return series


def _once(stand: Stand, subject: Subject, seconds: float) -> tuple[Load, float]:
    if subject.server is None:
        with stand.only():
            return subject.run(seconds), 0.0
    server = subject.server
    with stand.only(server):
        before = cpu_seconds(server.pid)
        load = subject.run(seconds)
        return load, (cpu_seconds(server.pid) - before) / load.requests * 1e6
