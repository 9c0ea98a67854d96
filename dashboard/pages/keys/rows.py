"""API keys as the rows of a table."""

from datetime import UTC, datetime

from msgspec import Struct

from dashboard.parts.cells import Cell, time_cell
from dashboard.parts.rows.row import state_url
from state.domain.kinds import Kind
from state.domain.times import format_time
from state.models import ApiKey

TONES = {"active": "completed", "expired": "pending", "revoked": "failed"}


class KeyRow(Struct, kw_only=True):
    """``state`` is active, expired or revoked; ``agent_url`` is empty for a key of any agent."""

    id: str
    name: str
    role: str
    agent_id: str
    agent_url: str
    created: Cell
    expires: Cell
    last_used: Cell
    state: str
    tone: str
    revoked: Cell
    revoked_by: str
    reason: str


def present_key(key: ApiKey, now: datetime | None = None) -> KeyRow:
    """``now`` is when the page is made."""
    state = _state(key, now or datetime.now(UTC))
    return KeyRow(
        id=key.prefix,
        name=key.name,
        role=key.role,
        agent_id=key.agent_id,
        agent_url=state_url(Kind.AGENT, key.agent_id) if key.agent_id else "",
        created=_moment(key.created),
        expires=_moment(key.expiry_date),
        last_used=_moment(key.last_used_at),
        state=state,
        tone=TONES[state],
        revoked=_moment(key.revoked_at),
        revoked_by=key.revoked_by,
        reason=key.revoked_reason,
    )


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked:
        return "revoked"
    has_expired = key.expiry_date is not None and key.expiry_date <= now
    return "expired" if has_expired else "active"


def _moment(moment: datetime | None) -> Cell:
    return time_cell(format_time(moment) if moment else None)
