"""Level 1 that tunes itself, against fixed shares: how much it answers, and what it costs."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures import Row, at_least, figure
from bench.rounds import Effort
from bench.stand import Door, Stand
from bench.wrk import run_wrk

CONNECTIONS = 16
CACHE_MB = 2
STATE_BYTES = 1_500
TUNING_SECONDS = 25.0
"""The tuner looks every ten seconds, and goes half the way each time."""

REQUESTS = 100_000
SETTINGS = {"LIGHTNING_CACHE_SIZE_MB": str(CACHE_MB), "LIGHTNING_ANONYMOUS_ROLE": "viewer"}
DOORS = {"tuned": "1", "fixed": "0"}

Paths = Callable[[random.Random], str]


def _agent(dice: random.Random, count: int) -> str:
    return f"/api/v1/agents/a{dice.randrange(count)}"


def _research(dice: random.Random, count: int) -> str:
    return f"/api/v1/research/r{dice.randrange(count)}?facts=none"


def _skewed(dice: random.Random) -> str:
    """A thousand agents that fill the cache, read beside a scan of what is never read again."""
    return _agent(dice, 1_000) if dice.random() < 0.5 else _research(dice, 20_000)


def _even(dice: random.Random) -> str:
    return _agent(dice, 1_000) if dice.random() < 0.5 else _research(dice, 1_000)


LOADS: dict[str, Paths] = {"skewed": _skewed, "even": _even}


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """The part of the reads that level 1 answers, and the reads a second."""
    doors = {
        name: stand.door(f"cache {name}", LIGHTNING_AUTO_CACHE=flag, **SETTINGS)
        for name, flag in DOORS.items()
    }
    for door in doors.values():
        _fill(door)
    for name, paths in LOADS.items():
        file = _requests(stand.directory / f"{name}-reads", paths)
        rates: dict[str, list[float]] = {one: [] for one in doors}
        speeds: dict[str, list[float]] = {one: [] for one in doors}
        for door in doors.values():
            _read(stand, door, file, TUNING_SECONDS)
        for _ in range(effort.rounds):
            for one, door in doors.items():
                rate, speed = _read(stand, door, file, effort.seconds)
                rates[one].append(rate)
                speeds[one].append(speed)
        tuned_rate, fixed_rate = (figure(rates[one], "of the reads") for one in doors)
        tuned, fixed = (figure(speeds[one], "/s") for one in doors)
        more = at_least(1.1 if name == "skewed" else 0.97)
        yield Row(f"{name} reads: level 1 answers", tuned_rate, "fixed shares", fixed_rate, more)
        yield Row(f"{name} reads", tuned, "fixed shares", fixed, at_least(0.97))
    for one in DOORS:
        stand.close_door(f"cache {one}")


def _fill(door: Door) -> None:
    text = "x" * STATE_BYTES
    agent = {"agentType": "Bench", "status": "Ready", "properties": {"text": text}}
    research = {"query": "how fast?", "metadata": {"text": text}}
    with door.client("agent") as client:
        for segment, letter, count, state in (
            ("agents", "a", 1_000, agent),
            ("research", "r", 20_000, research),
        ):
            for first in range(0, count, 1_000):
                items = [{"id": f"{letter}{first + one}", "state": state} for one in range(1_000)]
                stored = client.post(f"/api/v1/{segment}/batch-set", json={"items": items})
                assert stored.json()["succeeded"] == len(items), stored.text[:500]


def _requests(file: Path, paths: Paths) -> Path:
    dice = random.Random(7)
    file.write_text("".join(f"GET {paths(dice)}\n" for _ in range(REQUESTS)))
    return file


def _read(stand: Stand, door: Door, file: Path, seconds: float) -> tuple[float, float]:
    """Level 1's hit rate, and the reads a second."""
    with stand.only(door):
        before = _counts(door)
        load = run_wrk(
            door.url, "requests", connections=CONNECTIONS, seconds=seconds, requests=file
        )
        hits, misses = (now - then for now, then in zip(_counts(door), before, strict=True))
        return hits / (hits + misses), load.per_second


def _counts(door: Door) -> tuple[int, int]:
    with door.client("viewer") as client:
        level = client.get("/api/v1/cache").json()["levels"]["L1"]
        return level["hits"], level["misses"]
