"""Turns the summary into counts with their share of a bar."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from dashboard.parts.numbers import count as count_text
from state.domain.kinds import Kind

BAR_UNITS = 1000.0
"""Width of a bar in the units of its SVG viewBox."""


class Count(Struct, kw_only=True):
    """How many states have a status, and which stretch of the kind's bar is theirs."""

    status: str
    tone: str
    text: str
    value: int
    x: float = 0
    width: float = 0


class KindCounts(Struct, kw_only=True):
    kind: Kind
    total: str
    counts: list[Count]


def present_counts(summary: Mapping[str, Any]) -> dict[str, KindCounts]:
    """The counts of each kind that was counted by its name, statuses in the order of their life."""
    return {
        kind.value: _of_kind(kind, summary[kind.segment])
        for kind in Kind
        if kind.segment in summary
    }


def _of_kind(kind: Kind, part: Mapping[str, Any]) -> KindCounts:
    by_status: Mapping[str, int] = part["byStatus"]
    total = sum(by_status.values())
    counts: list[Count] = []
    x = 0.0
    for status in kind.statuses:
        value = by_status.get(status, 0)
        width = BAR_UNITS * value / total if total else 0.0
        counts.append(
            Count(
                status=status,
                tone=status.lower(),
                text=count_text(value),
                value=value,
                x=round(x, 2),
                width=round(width, 2),
            )
        )
        x += width
    return KindCounts(kind=kind, total=count_text(part["total"]), counts=counts)
