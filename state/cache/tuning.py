"""Which share of level 1 and which time to live each kind gets, from how it is read: pure.

The cache is kept right by the log, so a longer life costs nothing but memory; what decides is who
makes use of it. A kind whose states are read again gets room in proportion to its hits, and keeps
its entries for the whole time to live; one whose states are read once (a scan) may not push the
others out, and gives its memory back sooner. This is the cost-blind half of GreedyDual-Size
(Cao, Irani 1997), by kind instead of by entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SMALLEST_SHARE = 0.05
"""No kind is starved: its first hits would never come."""

_WELL_READ = 0.5
_SHORTEST = 0.2
_READS_AT_LEAST = 50


@dataclass(frozen=True, slots=True)
class Observed:
    """How a kind was read since the last look."""

    hits: int
    misses: int

    @property
    def reads(self) -> int:
        return self.hits + self.misses

    @property
    def hit_rate(self) -> float:
        return self.hits / self.reads if self.reads else 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind's part of level 1 (0–1), its time to live, and why."""

    share: float
    ttl_seconds: float
    reason: str


def fixed(kinds: Mapping[str, object], ttl_seconds: float) -> dict[str, Choice]:
    """Equal shares, and the time to live of the setting."""
    return {kind: Choice(1 / len(kinds), ttl_seconds, "fixed") for kind in kinds}


def tuned(
    observed: Mapping[str, Observed], before: Mapping[str, Choice], ttl_seconds: float
) -> dict[str, Choice]:
    """What follows from the reads since the last look; too few of them change nothing."""
    hits = sum(one.hits for one in observed.values())
    if sum(one.reads for one in observed.values()) < _READS_AT_LEAST:
        return dict(before)
    free = 1 - SMALLEST_SHARE * len(observed)
    chosen = {}
    for kind, one in observed.items():
        part = one.hits / hits if hits else 1 / len(observed)
        # Half the way each time: a burst of one kind does not empty the others.
        share = (before[kind].share + SMALLEST_SHARE + free * part) / 2
        chosen[kind] = Choice(share, _life(one, ttl_seconds), _reason(one, part))
    return chosen


def _life(one: Observed, ttl_seconds: float) -> float:
    if one.reads < _READS_AT_LEAST or one.hit_rate >= _WELL_READ:
        return ttl_seconds
    return ttl_seconds * (_SHORTEST + (1 - _SHORTEST) * one.hit_rate / _WELL_READ)


def _reason(one: Observed, part: float) -> str:
    if not one.reads:
        return "not read"
    return f"{part:.0%} of all hits; {one.hit_rate:.0%} of its {one.reads} reads are hits"
