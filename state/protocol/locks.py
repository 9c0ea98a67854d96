"""Locks over HTTP (contract §4): what is asked, and how the answer looks."""

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from state.domain import jsontext
from state.domain.errors import BadPage, Malformed, many_invalid
from state.domain.errors import error as field_error
from state.domain.kinds import ID_PATTERN, Kind
from state.domain.queries import read_token, write_token
from state.locks.leases import Granted, Wish, lease_as_dict
from state.models import Lease
from state.protocol.call import Answer, Call
from state.protocol.headers import check_body

Ttl = Annotated[float, Meta(ge=1, le=3600)]


class LockRequest(Struct, rename="camel", forbid_unknown_fields=True):
    """``POST /api/v1/locks``."""

    kind: Literal["agent", "research", "verification"]
    id: Annotated[str, Meta(pattern=ID_PATTERN)]
    owner: Annotated[str, Meta(min_length=1, max_length=200)]
    ttl_seconds: Ttl = 30
    wait_seconds: Annotated[float, Meta(ge=0, le=60)] = 0


class RenewRequest(Struct, rename="camel", forbid_unknown_fields=True):
    """``PATCH /api/v1/locks/{lockId}``."""

    ttl_seconds: Ttl


def read_lock_request(call: Call) -> tuple[Wish, float]:
    """What to lock and how many seconds to wait; raises the refusals up to 422."""
    check_body(call)
    request = _converted(call, LockRequest)
    kind = Kind(request.kind)
    call.principal.require_write(kind, request.id)
    return Wish(kind, request.id, request.owner, request.ttl_seconds), request.wait_seconds


def read_renewal(call: Call) -> float:
    """The new time to live, in seconds; raises the refusals up to 422."""
    check_body(call)
    return _converted(call, RenewRequest).ttl_seconds


def required_token(call: Call) -> str:
    """The Lock-Token of a renewal or release; raises Malformed."""
    token = call.headers.get("lock-token")
    if not token:
        raise Malformed("The Lock-Token header is required.")
    return token


def render_granted(granted: Granted, status: int) -> Answer:
    """The answer to an acquisition or a renewal."""
    headers = {"Idempotency-Replayed": "true"} if granted.replayed else {}
    if status == 201:
        headers["Location"] = f"/api/v1/locks/{granted.lease.lock_id}"
    return Answer(status, jsontext.encode(granted.as_dict()), headers)


def lock_page_after(page: str | None) -> int:
    """The place behind which a page of locks begins; raises BadPage."""
    if not page:
        return 0
    parts = read_token(page)
    if len(parts) != 2 or parts[0] != "locks" or not parts[1].isdigit():
        raise BadPage()
    return int(parts[1])


def render_locks(leases: list[Lease], limit: int) -> Answer:
    """A page of held locks; ``leases`` holds one more than the page when there are more."""
    shown = leases[:limit]
    more = len(leases) > limit
    token = write_token(["locks", str(shown[-1].pk)]) if more else None
    body = {"items": [lease_as_dict(lease) for lease in shown], "next": token}
    return Answer(200, jsontext.encode(body))


S = TypeVar("S", LockRequest, RenewRequest)


def _converted(call: Call, shape: type[S]) -> S:
    try:
        return msgspec.convert(jsontext.parse(call.body), shape)
    except msgspec.ValidationError as problem:
        message, _, path = str(problem).partition(" - at `$.")
        raise many_invalid([field_error(path.rstrip("`"), message)]) from problem
