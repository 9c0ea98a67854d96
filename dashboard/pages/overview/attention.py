"""What needs somebody: failed, silent, hardly believed, locked for too long."""

from datetime import UTC, datetime, timedelta

from django.urls import reverse
from msgspec import Struct

from dashboard.parts.cells import Cell, time_cell
from dashboard.parts.rows.row import state_url
from state.domain.kinds import Kind
from state.domain.times import format_time
from state.service.locking import list_locks
from state.store.attention import (
    Troubled,
    doubtful_verifications,
    failed_states,
    silent_agents,
)

SHOWN = 5
SILENT_AFTER = timedelta(minutes=5)
LOCKED_TOO_LONG = timedelta(minutes=10)
LOCKS_LOOKED_AT = 100
DOUBT_BELOW = 0.5


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
    silent_since = datetime.now(UTC) - SILENT_AFTER
    agents, research = reverse("dashboard:agents"), reverse("dashboard:researches")
    checks = reverse("dashboard:verifications")
    found = (
        _trouble(
            "failed-agents",
            "Failed agents",
            "failed",
            f"{agents}?status=Failed",
            failed_states(Kind.AGENT, SHOWN + 1),
        ),
        _trouble(
            "failed-research",
            "Failed research",
            "failed",
            f"{research}?status=Failed",
            failed_states(Kind.RESEARCH, SHOWN + 1),
        ),
        _trouble(
            "silent",
            "Silent while processing",
            "paused",
            f"{agents}?status=Processing",
            silent_agents(silent_since, SHOWN + 1),
        ),
        _trouble(
            "doubtful",
            "Hardly believed",
            "unverified",
            f"{checks}?verified=false",
            doubtful_verifications(DOUBT_BELOW, SHOWN + 1),
        ),
        _long_locks(),
    )
    return [trouble for trouble in found if trouble.items]


def _trouble(name: str, label: str, tone: str, url: str, states: list[Troubled]) -> Trouble:
    items = [
        Item(
            key=f"{name}:{each.state_id}",
            text=each.state_id,
            url=state_url(each.kind, each.state_id),
            since=time_cell(each.since),
        )
        for each in states[:SHOWN]
    ]
    return Trouble(
        name=name, label=label, tone=tone, url=url, items=items, more=len(states) > SHOWN
    )


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
        for lease in held[:SHOWN]
    ]
    return Trouble(
        name="locked",
        label="Locked for long",
        tone="paused",
        url="",
        items=items,
        more=len(held) > SHOWN,
    )
