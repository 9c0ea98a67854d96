"""Puts API keys into a test's database, without starting Python and Django for each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rest_framework_api_key.crypto import KeyGenerator

from tests.rig.database import query

if TYPE_CHECKING:
    from tests.rig.backends import Backend

INSERT = (
    "insert into state_apikey"
    " (id, prefix, hashed_key, created, name, revoked, expiry_date, role, agent_id)"
    " values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def insert_key(
    backend: Backend, name: str, role: str, agent_id: str | None, expires_in_days: int | None
) -> str:
    """The text of a new key, stored as ``manage.py create_api_key`` does it."""
    key, prefix, hashed = KeyGenerator().generate()
    now = datetime.now(UTC)
    expiry = now + timedelta(days=expires_in_days) if expires_in_days else None
    times = [_stored(backend, moment) if moment else None for moment in (now, expiry)]
    row = (f"{prefix}.{hashed}", prefix, hashed, times[0], name, False, times[1], role)
    query(backend, INSERT, (*row, agent_id or ""))
    return str(key)


def _stored(backend: Backend, moment: datetime) -> datetime | str:
    if backend.database_url.startswith("postgres"):
        return moment
    return moment.replace(tzinfo=None).isoformat(" ")
