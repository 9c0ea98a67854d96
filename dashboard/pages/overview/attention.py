"""What needs somebody: failed, silent, of low confidence, locked for too long, and other alerts."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.urls import reverse
from msgspec import Struct

from dashboard.pages.alerts.rows import subject_url
from dashboard.parts.cells import Cell, time_cell
from dashboard.parts.rows.row import state_url
from state.domain.kinds import Kind
from state.domain.times import format_time
from state.service import alerting
from state.service.locking import list_locks
from state.store.attention import (
    Troubled,
    doubtful_verifications,
    failed_states,
    silent_agents,
)

SHOWN = 5
LOCKED_TOO_LONG = timedelta(minutes=10)
LOCKS_LOOKED_AT = 100
DOUBT_BELOW = 0.5
SAID_BELOW = ("agent_failed", "research_failed", "agent_silent", "low_confidence")
"""Rules whose alerts are about what is named here anyway."""


class Item(Struct, kw_only=True):
    key: str
    text: str
    url: str
    since: Cell


class Trouble(Struct, kw_only=True):
    """One sort of trouble; ``more`` says that there are more than are shown."""

    name: str
    label: str
    tone: str
    url: str
    items: list[Item]
    more: bool


def read_attention() -> list[Trouble]:
    """The troubles there are, none when all is well."""
    agents, research = reverse("dashboard:agents"), reverse("dashboard:researches")
    checks = reverse("dashboard:verifications")
    found = (
        _open_alerts(),
        _of_states(
            "failed-agents",
            "Failed agents",
            "failed",
            f"{agents}?status=Failed",
            failed_states(Kind.AGENT, SHOWN + 1),
        ),
        _of_states(
            "failed-research",
            "Failed research",
            "failed",
            f"{research}?status=Failed",
            failed_states(Kind.RESEARCH, SHOWN + 1),
        ),
        _of_states(
            "silent",
            "Silent while processing",
            "paused",
            f"{agents}?status=Processing",
            _silent_agents(),
        ),
        _of_states(
            "doubtful",
            "Low confidence",
            "unverified",
            f"{checks}?verified=false",
            doubtful_verifications(DOUBT_BELOW, SHOWN + 1),
        ),
        _long_locks(),
    )
    return [trouble for trouble in found if trouble.items]


def _trouble(name: str, label: str, tone: str, url: str, items: list[Item]) -> Trouble:
    """``items`` holds one more than is shown when there are more."""
    shown, more = items[:SHOWN], len(items) > SHOWN
    return Trouble(name=name, label=label, tone=tone, url=url, items=shown, more=more)


def _of_states(name: str, label: str, tone: str, url: str, states: Iterable[Troubled]) -> Trouble:
    items = [
        Item(
            key=f"{name}:{each.state_id}",
            text=each.state_id,
            url=state_url(each.kind, each.state_id),
            since=time_cell(each.since),
        )
        for each in states
    ]
    return _trouble(name, label, tone, url, items)


def _silent_agents() -> list[Troubled]:
    """By the same limits as the alerts."""
    now = datetime.now(UTC)
    seconds, by_type = alerting.silence()
    exceptions = {name: now - timedelta(seconds=own) for name, own in by_type.items()}
    return silent_agents(now - timedelta(seconds=seconds), exceptions, SHOWN + 1)


def _open_alerts() -> Trouble:
    """Alerts of other rules: of operations, caches and instances, and of the user's own rules."""
    items = [
        Item(
            key=f"alert:{alert.pk}",
            text=f"{alert.rule}: {alert.subject}",
            url=subject_url(alert.kind, alert.subject),
            since=time_cell(format_time(alert.opened_at)),
        )
        for alert in alerting.open_besides(SAID_BELOW, SHOWN + 1)
    ]
    return _trouble("alerts", "Open alerts", "failed", reverse("dashboard:alerts"), items)


def _long_locks() -> Trouble:
    """Locks that have been held since long ago."""
    before = datetime.now(UTC) - LOCKED_TOO_LONG
    held = [
        lease for lease in list_locks(None, None, 0, LOCKS_LOOKED_AT) if lease.acquired_at <= before
    ]
    items = [
        Item(
            key=f"lock:{lease.lock_id}",
            text=f"{lease.state_id} by {lease.owner}",
            url=state_url(Kind(lease.kind), lease.state_id),
            since=time_cell(format_time(lease.acquired_at)),
        )
        for lease in held[: SHOWN + 1]
    ]
    return _trouble("locked", "Locked for long", "paused", reverse("dashboard:locks"), items)
