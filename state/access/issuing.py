"""API keys: made, listed, revoked."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from state.access.keys import key_ring
from state.domain.errors import error, many_invalid
from state.domain.key_rules import key_problems
from state.models import ApiKey

logger = logging.getLogger(__name__)

Place = tuple[datetime, str]
"""Where a key is in the list: when it was made, and its id."""


@dataclass(frozen=True, slots=True)
class KeyWish:
    """A key that somebody wants; ``agent_id`` binds it, None days: it does not expire."""

    name: str
    role: str
    agent_id: str = ""
    expires_in_days: int | None = None


def create_key(wish: KeyWish, by: str) -> tuple[ApiKey, str]:
    """Stores a new key, hashed; with it its text: the only time it can be seen.

    Raises Invalid, with every member that is wrong.
    """
    problems = key_problems(wish.name, wish.agent_id, wish.expires_in_days)
    if problems:
        raise many_invalid([error(name, told) for name, told in problems.items()])
    days = wish.expires_in_days
    expiry = datetime.now(UTC) + timedelta(days=days) if days is not None else None
    made, text = ApiKey.objects.create_key(
        name=wish.name, role=wish.role, agent_id=wish.agent_id, expiry_date=expiry
    )
    assert isinstance(made, ApiKey)
    logger.info("The API key %s (%s) was made by %s.", made.prefix, made.role, by)
    return made, str(text)


def list_keys(limit: int, after: Place | None = None) -> list[ApiKey]:
    """Keys, the newest first, behind a place in the list; those that have ended, too."""
    keys = ApiKey.objects.order_by("-created", "prefix")
    if after is not None:
        made_at, key_id = after
        keys = keys.filter(Q(created__lt=made_at) | Q(created=made_at, prefix__gt=key_id))
    return list(keys[:limit])


def revoke_key(key_id: str, by: str, reason: str) -> ApiKey | None:
    """The key, which counts no more; None when there is none. The first revocation stays."""
    revoked = ApiKey.objects.filter(prefix=key_id, revoked=False).update(
        revoked=True, revoked_at=datetime.now(UTC), revoked_by=by, revoked_reason=reason
    )
    if revoked:
        key_ring.forget()  # other workers ask again within seconds
        logger.info("The API key %s was revoked by %s.", key_id, by)
    return ApiKey.objects.filter(prefix=key_id).first()
