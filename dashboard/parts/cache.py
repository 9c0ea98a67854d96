"""Turns the cache report into the figures of the overview."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from dashboard.parts.cells import NONE, Cell, count_cell
from dashboard.parts.numbers import percent, size


class Instance(Struct, kw_only=True):
    """One instance of the deployment and its own cache figures."""

    id: str
    cells: dict[str, Cell]


class CacheFigures(Struct, kw_only=True):
    cells: dict[str, Cell]
    instances: list[Instance]


def present_cache(report: dict[str, Any]) -> CacheFigures:
    """The figures of ``GET /api/v1/cache`` by the name of the slot they fill."""
    levels = report["levels"]
    l1, l2, l3 = levels["L1"], levels.get("L2", {}), levels["L3"]
    filled = l1["bytes"] / l1["maxBytes"] if l1["maxBytes"] else 0.0
    cells = {
        "hitRate": Cell(text=hit_rate(report["hitRate"], l1), level=round(report["hitRate"], 4)),
        "l1HitRate": Cell(text=hit_rate(l1["hitRate"], l1)),
        "l1Hits": count_cell(l1["hits"]),
        "l1Misses": count_cell(l1["misses"]),
        "l1Entries": count_cell(l1["entries"]),
        "l1Bytes": Cell(
            text=size(l1["bytes"]), level=round(filled, 4), title=f"of {size(l1['maxBytes'])}"
        ),
        "l1Evictions": count_cell(l1["evictions"]),
        "l2HitRate": Cell(text=hit_rate(l2["hitRate"], l2) if l2.get("available") else "off"),
        "l3Reads": count_cell(l3["reads"]),
    }
    instances = report.get("instances") or []
    return CacheFigures(cells=cells, instances=[_instance(part) for part in instances])


def hit_rate(rate: float, counted: Mapping[str, Any]) -> str:
    """The rate of a cache with these hits and misses; none before anything was looked for."""
    return percent(rate) if counted["hits"] + counted["misses"] else NONE


def _instance(part: dict[str, Any]) -> Instance:
    l1 = part["levels"]["L1"]
    cells = {
        "hitRate": Cell(text=hit_rate(part["hitRate"], l1)),
        "entries": count_cell(l1["entries"]),
        "bytes": Cell(text=size(l1["bytes"])),
    }
    return Instance(id=part["instance"], cells=cells)
