"""The caches' and the operations' figures as the rows of tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from dashboard.parts.cache import hit_rate
from dashboard.parts.cells import NONE
from dashboard.parts.numbers import count, percent, plural, size


class Level(Struct, kw_only=True):
    name: str
    label: str
    hit_rate: str = NONE
    hits: str = NONE
    misses: str = NONE
    entries: str = NONE
    size: str = NONE
    ttl: str = NONE
    evictions: str = NONE
    is_cache: bool = False


class Choice(Struct, kw_only=True):
    """How level 1 treats a kind, and why."""

    kind: str
    share: str
    ttl: str
    hit_rate: str
    entries: str
    size: str
    reason: str


class InstanceFigures(Struct, kw_only=True):
    name: str
    workers: str
    hit_rate: str
    entries: str
    size: str
    reads: str


class OperationFigures(Struct, kw_only=True):
    name: str
    count: str
    per_second: str
    errors: str
    p50: str
    p95: str
    p99: str
    has_errors: bool


def present_levels(levels: Mapping[str, Any]) -> list[Level]:
    second = levels["L2"]
    return [
        _level("L1", "In the instances", levels["L1"]),
        _level("L2", "Redis, with all that it holds", second)
        if second["available"]
        else Level(name="L2", label="Redis: not used"),
        Level(name="L3", label=f"The database: {plural(levels['L3']['reads'], 'read')}"),
    ]


def _level(name: str, label: str, level: Mapping[str, Any]) -> Level:
    return Level(
        name=name,
        label=label,
        is_cache=True,
        hit_rate=hit_rate(level["hitRate"], level),
        hits=count(level["hits"]),
        misses=count(level["misses"]),
        entries=count(level["entries"]),
        size=_size_of(level),
        ttl=_seconds(level["ttlSeconds"]),
        evictions=count(level["evictions"]),
    )


def _size_of(level: Mapping[str, Any]) -> str:
    most = level["maxBytes"]
    return f"{size(level['bytes'])} of {size(most)}" if most else size(level["bytes"])


def present_choices(kinds: Mapping[str, Any]) -> list[Choice]:
    return [
        Choice(
            kind=name,
            share=percent(kind["share"]),
            ttl=_seconds(kind["ttlSeconds"]),
            hit_rate=_rate(kind["hits"], kind["misses"]),
            entries=count(kind["entries"]),
            size=size(kind["bytes"]),
            reason=kind["reason"],
        )
        for name, kind in kinds.items()
    ]


def present_instances(instances: Sequence[Mapping[str, Any]]) -> list[InstanceFigures]:
    return [
        InstanceFigures(
            name=one["instance"],
            workers=count(one["workers"]),
            hit_rate=hit_rate(one["hitRate"], one["levels"]["L1"]),
            entries=count(one["levels"]["L1"]["entries"]),
            size=_size_of(one["levels"]["L1"]),
            reads=count(one["levels"]["L3"]["reads"]),
        )
        for one in instances
    ]


def present_operations(operations: Mapping[str, Any]) -> list[OperationFigures]:
    """The busiest first."""
    ordered = sorted(operations.items(), key=lambda item: (-item[1]["count"], item[0]))
    return [
        OperationFigures(
            name=name,
            count=count(one["count"]),
            per_second=f"{one['perSecond']:,.2f}",
            errors=count(one["errors"]),
            p50=_milliseconds(one["p50Ms"]),
            p95=_milliseconds(one["p95Ms"]),
            p99=_milliseconds(one["p99Ms"]),
            has_errors=one["errors"] > 0,
        )
        for name, one in ordered
    ]


def _rate(hits: int, misses: int) -> str:
    return percent(hits / (hits + misses)) if hits + misses else NONE


def _seconds(seconds: float) -> str:
    return f"{seconds:,.0f} s"


def _milliseconds(value: float) -> str:
    return f"{value:,.1f} ms"
