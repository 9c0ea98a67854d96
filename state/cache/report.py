"""The cache report (contract §6): figures of many workers, summed."""

from collections.abc import Sequence
from typing import Any

from state.cache.tiers import Tiers
from state.redis import level_two

Figures = dict[str, Any]

_SUMMED_L1 = ("hits", "misses", "entries", "bytes", "maxBytes", "evictions")
_SUMMED_L2 = ("hits", "misses")
_SUMMED_KIND = ("hits", "misses", "entries", "bytes")


def figures_of(tiers: Tiers) -> Figures:
    """One worker's figures of this moment, as they go into the report."""
    level_one = tiers.level_one
    return {
        "L1": {
            "hits": level_one.hits,
            "misses": level_one.misses,
            "entries": level_one.entry_count,
            "bytes": level_one.size_bytes,
            "maxBytes": level_one.max_bytes,
            "ttlSeconds": level_one.ttl_seconds,
            "evictions": level_one.evictions,
        },
        "kinds": {
            category: {
                "hits": line.hits,
                "misses": line.misses,
                "entries": len(line.entries),
                "bytes": line.size_bytes,
                "share": round(line.choice.share, 4),
                "ttlSeconds": round(line.choice.ttl_seconds),
                "reason": line.choice.reason,
            }
            for category, line in level_one.lines.items()
        },
        "L2": level_two.figures(tiers.level_two),
        "L3": {"reads": tiers.database_reads},
    }


def summed(group: Sequence[Figures]) -> dict[str, Any]:
    """``hitRate`` and ``levels`` of several workers.

    The overall rate is of the reads that were looked for in a cache: how many the database was
    spared. Redis is one for all: its own figures are those of the first worker in the group.
    """
    first = dict(group[0]["L1"])
    first |= {name: sum(one["L1"][name] for one in group) for name in _SUMMED_L1}
    second = dict(group[0]["L2"])
    second |= {name: sum(one["L2"][name] for one in group) for name in _SUMMED_L2}
    reads = first["hits"] + first["misses"]
    return {
        "hitRate": _rate(first["hits"] + second["hits"], reads),
        "levels": {
            "L1": {**first, "hitRate": _rate(first["hits"], reads)},
            "L2": {**second, "hitRate": _rate(second["hits"], second["hits"] + second["misses"])},
            "L3": {"reads": sum(one["L3"]["reads"] for one in group)},
        },
    }


def summed_kinds(group: Sequence[Figures]) -> dict[str, Any]:
    """How level 1 treats each kind: counts of several workers, choices of the first."""
    return {
        category: kind | {name: _of_kind(group, category, name) for name in _SUMMED_KIND}
        for category, kind in group[0]["kinds"].items()
    }


def _of_kind(group: Sequence[Figures], category: str, name: str) -> int:
    return sum(one["kinds"][category][name] for one in group)


def _rate(hits: int, reads: int) -> float:
    return min(1.0, hits / reads) if reads else 0.0
