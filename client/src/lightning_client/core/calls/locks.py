"""Locks (contract §4)."""

from datetime import datetime
from urllib.parse import quote

from msgspec import Struct

from lightning_client.answers import LockInfo, Page
from lightning_client.core.call import Call, nothing, read, reader_of, write
from lightning_client.core.calls.states import query


class Grant(Struct, frozen=True, rename="camel"):
    """A lock that was had, with the token that its holder alone gets to know."""

    lock_id: str
    kind: str
    id: str
    owner: str
    fencing_token: int
    acquired_at: datetime
    expires_at: datetime
    token: str = ""


_parse_grant = reader_of(Grant)
_parse_locks = reader_of(Page[LockInfo])


def acquire(
    kind: str, state_id: str, owner: str, ttl_seconds: float, wait_seconds: float
) -> Call[Grant]:
    return write(
        "POST",
        "/api/v1/locks",
        _parse_grant,
        body={
            "kind": kind,
            "id": state_id,
            "owner": owner,
            "ttlSeconds": ttl_seconds,
            "waitSeconds": wait_seconds,
        },
        waits_seconds=wait_seconds,
    )


def renew(lock_id: str, token: str, ttl_seconds: float) -> Call[Grant]:
    body = {"ttlSeconds": ttl_seconds}
    return write("PATCH", _path(lock_id), _parse_grant, body=body, Lock_Token=token)


def release(lock_id: str, token: str = "", *, force: bool = False) -> Call[None]:
    path = _path(lock_id) + query({"force": force or None})
    return write("DELETE", path, nothing, Lock_Token=token)


def locks_page(kind: str | None, state_id: str | None, page: str | None) -> Call[Page[LockInfo]]:
    asked = {"kind": kind, "id": state_id, "page": page}
    return read(f"/api/v1/locks{query(asked)}", _parse_locks)


def _path(lock_id: str) -> str:
    return f"/api/v1/locks/{quote(lock_id, safe='')}"
