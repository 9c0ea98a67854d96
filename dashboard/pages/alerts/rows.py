"""Alerts and rules as the rows of tables."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from msgspec import Struct

from dashboard.parts.cells import Cell, brief, time_cell
from dashboard.parts.numbers import count
from dashboard.parts.rows.row import state_url
from state.alerts.rules import STATE_KINDS
from state.domain.kinds import Kind

ICONS = {
    "critical": "M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM7.2 4.2v5h1.6v-5zm0 6.2V12h1.6"
    "v-1.6z",
    "warning": "M8 1.5 15 14H1zM7.2 6v4h1.6V6zm0 5v1.5h1.6V11z",
    "info": "M8 1.2a6.8 6.8 0 1 1 0 13.6A6.8 6.8 0 0 1 8 1.2M7.2 7v5h1.6V7zm0-2.8v1.6h1.6V4.2z",
}
"""A path in a 16 × 16 view box; the holes are drawn by the rule of even and odd."""

PAGES = {"instance": "dashboard:system", "cache": "dashboard:cache", "operation": "dashboard:cache"}
"""Where the subjects are shown that are no states."""


class AlertRow(Struct, kw_only=True):
    id: str
    severity: str
    icon: str
    rule: str
    kind: str
    subject: str
    url: str
    summary: str
    count: str
    since: Cell
    closed: Cell | None
    acknowledged_by: str
    acknowledged: Cell | None
    note: str
    deliveries: list[str]
    may_acknowledge: bool


class RuleRow(Struct, kw_only=True):
    name: str
    severity: str
    icon: str
    condition: str
    held_for: str
    subjects: str
    origin: str


def present_alert(alert: Mapping[str, Any]) -> AlertRow:
    closed, acknowledged = alert["closedAt"], alert["acknowledgedAt"]
    return AlertRow(
        id=alert["id"],
        severity=alert["severity"],
        icon=ICONS[alert["severity"]],
        rule=alert["rule"],
        kind=alert["kind"],
        subject=alert["subject"],
        url=subject_url(alert["kind"], alert["subject"]),
        summary=alert["summary"],
        count=count(alert["count"]),
        since=time_cell(alert["openedAt"]),
        closed=time_cell(closed) if closed else None,
        acknowledged_by=alert["acknowledgedBy"] or "",
        acknowledged=time_cell(acknowledged) if acknowledged else None,
        note=alert["note"] or "",
        deliveries=[_delivery(one) for one in alert["deliveries"]],
        may_acknowledge=closed is None and acknowledged is None,
    )


def subject_url(kind: str, subject: str) -> str:
    """The page where the subject of an alert is shown."""
    if kind in STATE_KINDS:
        return state_url(Kind(kind), subject)
    return reverse(PAGES[kind])


def _delivery(delivery: Mapping[str, Any]) -> str:
    """``json://host: opened, failed after 3 attempts (refused)``."""
    told = f"{delivery['channel']}: {delivery['event']}, {delivery['outcome']}"
    if delivery["attempts"] > 1:
        told += f" after {delivery['attempts']} attempts"
    return f"{told} ({delivery['error']})" if delivery["error"] else told


def _threshold(value: Any) -> str:
    """``300`` where the rule says 300.0."""
    return brief(int(value) if isinstance(value, float) and value.is_integer() else value)


def present_rule(rule: Mapping[str, Any]) -> RuleRow:
    seconds = rule["forSeconds"]
    agent_type = rule.get("agentType", "")
    return RuleRow(
        name=rule["name"],
        severity=rule["severity"],
        icon=ICONS[rule["severity"]],
        condition=f"{rule['source']} {rule['comparison']} {_threshold(rule['threshold'])}",
        held_for=f"{seconds:g} s" if seconds else "at once",
        subjects=f"{rule['kind']} of type {agent_type}" if agent_type else rule["kind"],
        origin="built in" if rule["builtIn"] else "LIGHTNING_ALERT_RULES",
    )
