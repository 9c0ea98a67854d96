"""API keys as operations, pages and commands ask for them."""

from typing import Any

from state.access import issuing
from state.access.issuing import KeyWish, Place
from state.domain.errors import NotFound
from state.domain.kinds import is_id
from state.domain.times import format_time
from state.models import ApiKey

__all__ = ["KeyWish", "Place", "list_keys", "make_key", "revoke_key"]


def list_keys(limit: int, after: Place | None = None) -> list[ApiKey]:
    """A page of keys, the newest first."""
    return issuing.list_keys(limit, after)


def make_key(wish: KeyWish, by: str) -> dict[str, Any]:
    """A new key, its text in ``key``: the only time it can be seen. Raises Invalid."""
    made, text = issuing.create_key(wish, by)
    return {**as_dict(made), "key": text}


def revoke_key(key_id: str, by: str, reason: str) -> dict[str, Any]:
    """The key, which counts no more: everywhere within 5 s. Raises NotFound."""
    revoked = issuing.revoke_key(key_id, by, reason) if is_id(key_id) else None
    if revoked is None:
        raise NotFound("There is no such key.")
    return as_dict(revoked)


def as_dict(key: ApiKey) -> dict[str, Any]:
    """A key as the API shows it: nothing of it lets anybody in."""
    return {
        "id": key.prefix,
        "name": key.name,
        "role": key.role,
        "agentId": key.agent_id or None,
        "createdAt": format_time(key.created),
        "expiresAt": _time(key.expiry_date),
        "lastUsedAt": _time(key.last_used_at),
        "revoked": key.revoked,
        "revokedAt": _time(key.revoked_at),
        "revokedBy": key.revoked_by or None,
        "revokedReason": key.revoked_reason or None,
    }


def _time(moment: Any) -> str | None:
    return None if moment is None else format_time(moment)
