"""Alerts as ``GET /api/v1/alerts`` shows them, newest first."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from state.domain.times import format_time
from state.models import Alert, AlertDelivery


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """One request for the list; ``before`` is the id behind which a page begins."""

    state: str = "open"
    rule: str = ""
    severity: str = ""
    limit: int = 100
    before: int | None = None


def list_alerts(query: AlertQuery) -> list[Alert]:
    """A page of alerts, and one more when there are more."""
    rows = Alert.objects.prefetch_related("deliveries").order_by("-id")
    if query.state != "all":
        rows = rows.filter(closed_at__isnull=query.state == "open")
    if query.rule:
        rows = rows.filter(rule=query.rule)
    if query.severity:
        rows = rows.filter(severity=query.severity)
    if query.before is not None:
        rows = rows.filter(id__lt=query.before)
    return list(rows[: query.limit + 1])


def open_besides(rules: Collection[str], limit: int) -> list[Alert]:
    """Open alerts of other rules than these, newest first."""
    rows = Alert.objects.filter(closed_at__isnull=True).exclude(rule__in=rules)
    return list(rows.order_by("-id")[:limit])


def open_counts() -> dict[tuple[str, str], int]:
    """How many alerts are open by rule and severity."""
    counts: dict[tuple[str, str], int] = {}
    for pair in Alert.objects.filter(closed_at__isnull=True).values_list("rule", "severity"):
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def as_dict(alert: Alert) -> dict[str, Any]:
    """An alert in the contract's members."""
    return {
        "id": str(alert.pk),
        "rule": alert.rule,
        "severity": alert.severity,
        "kind": alert.kind,
        "subject": alert.subject,
        "summary": alert.summary,
        "value": alert.value,
        "threshold": alert.threshold,
        "count": alert.count,
        "openedAt": format_time(alert.opened_at),
        "lastSeenAt": format_time(alert.last_seen_at),
        "closedAt": _time(alert.closed_at),
        "acknowledgedAt": _time(alert.acknowledged_at),
        "acknowledgedBy": alert.acknowledged_by or None,
        "note": alert.note or None,
        "deliveries": [_delivery(one) for one in _in_order(alert.deliveries.all())],
    }


def _in_order(deliveries: Iterable[AlertDelivery]) -> list[AlertDelivery]:
    return sorted(deliveries, key=lambda one: one.pk)


def _delivery(delivery: AlertDelivery) -> dict[str, Any]:
    return {
        "channel": delivery.channel,
        "event": delivery.event,
        "outcome": delivery.outcome,
        "attempts": delivery.attempts,
        "error": delivery.error or None,
        "deliveredAt": _time(delivery.delivered_at),
    }


def _time(moment: datetime | None) -> str | None:
    return format_time(moment) if moment is not None else None
