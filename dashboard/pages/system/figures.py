"""Instances, scaling decisions and health checks as the rows of tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from dashboard.parts.cells import NONE, Cell, time_cell
from dashboard.parts.numbers import count, percent, size
from state.service.health import OK

NEUTRAL = "not configured"


class InstanceFigures(Struct, kw_only=True):
    name: str
    started: Cell
    version: str
    workers: str
    utilization: Cell
    memory: str
    lag: str


class Decision(Struct, kw_only=True):
    """A change of the number of workers, with the numbers it came from."""

    key: str
    instance: str
    at: Cell
    change: str
    utilization: str
    reason: str


class Check(Struct, kw_only=True):
    name: str
    state: str
    tone: str


def present_instance(one: Mapping[str, Any]) -> InstanceFigures:
    lag = one["lagSeconds"]
    return InstanceFigures(
        name=one["instance"],
        started=time_cell(one["startedAt"]),
        version=one["version"] or NONE,
        workers=count(one["workers"]),
        utilization=Cell(
            text=percent(one["utilization"]), level=round(min(1.0, one["utilization"]), 4)
        ),
        memory=size(one["memoryBytes"]),
        lag=NONE if lag is None else f"{lag:,.2f} s",
    )


def present_decisions(instances: Sequence[Mapping[str, Any]]) -> list[Decision]:
    """Those of all instances, newest first."""
    found = [(one["instance"], decision) for one in instances for decision in one["scaling"]]
    found.sort(key=lambda pair: pair[1]["at"], reverse=True)
    return [
        Decision(
            key=f"{instance}:{decision['at']}",
            instance=instance,
            at=time_cell(decision["at"]),
            change=f"{decision['from']} → {decision['to']}",
            utilization=percent(decision["utilization"]),
            reason=decision["reason"],
        )
        for instance, decision in found
    ]


def present_checks(checks: Mapping[str, str]) -> list[Check]:
    """What does not work comes first."""
    shown = [Check(name=name, state=state, tone=_tone(state)) for name, state in checks.items()]
    return sorted(shown, key=lambda check: check.tone != "failed")


def _tone(state: str) -> str:
    if state == OK:
        return "completed"
    return "pending" if state == NEUTRAL else "failed"
