"""Locks over HTTP (contract §4): what is asked, and how the answer looks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from state.domain import jsontext
from state.domain.commands import IdempotencyKey
from state.domain.errors import BadFilter
from state.domain.kinds import Id, Kind
from state.domain.queries import (
    LIMIT_DEFAULT,
    number_in,
    parse_limit,
    write_token,
)
from state.locks.leases import Granted, Released, lease_as_dict
from state.locks.wish import Wish
from state.models import Lease
from state.protocol.call import Answer, Call
from state.protocol.headers import read_idempotency_key
from state.protocol.shapes import converted

Ttl = Annotated[float, Meta(ge=1, le=3600)]


class LockRequest(Struct, rename="camel", forbid_unknown_fields=True):
    """``POST /api/v1/locks``."""

    kind: Literal["agent", "research", "verification"]
    id: Id
    owner: Annotated[str, Meta(min_length=1, max_length=200)]
    ttl_seconds: Ttl = 30
    wait_seconds: Annotated[float, Meta(ge=0, le=60)] = 0


class RenewRequest(Struct, rename="camel", forbid_unknown_fields=True):
    """``PATCH /api/v1/locks/{lockId}``."""

    ttl_seconds: Ttl


def read_lock_request(call: Call) -> tuple[Wish, float, IdempotencyKey | None]:
    """What to lock, how many seconds to wait, and the key; raises 403, 400 or 422."""
    body, _ = jsontext.read(call.body)
    _require_write(call, body)
    key = read_idempotency_key(call)
    request = converted(body, LockRequest)
    wish = Wish(Kind(request.kind), request.id, request.owner, request.ttl_seconds)
    return wish, request.wait_seconds, key


def _require_write(call: Call, body: Any) -> None:
    """Raises Forbidden as soon as the body says which state it is about, whatever else it says."""
    if not isinstance(body, dict):
        return
    kind, state_id = body.get("kind"), body.get("id")
    if isinstance(state_id, str) and isinstance(kind, str) and kind in list(Kind):
        call.principal.require_write(Kind(kind), state_id)


def read_renewal(call: Call) -> tuple[float, IdempotencyKey | None]:
    """For how many seconds to renew, and the key; raises Malformed or Invalid."""
    key = read_idempotency_key(call)
    body, _ = jsontext.read(call.body)
    return converted(body, RenewRequest).ttl_seconds, key


def render_granted(granted: Granted, status: int) -> Answer:
    """The answer to an acquisition or a renewal."""
    headers = _replayed(granted.replayed)
    if status == 201:
        headers["Location"] = f"/api/v1/locks/{granted.lock_id}"
    return Answer(status, jsontext.encode(granted.as_dict()), headers)


def render_released(released: Released) -> Answer:
    """The answer to a release."""
    return Answer(204, b"", _replayed(released.replayed), "")


def _replayed(replayed: bool) -> dict[str, str]:
    return {"Idempotency-Replayed": "true"} if replayed else {}


@dataclass(frozen=True, slots=True)
class LockQuery:
    """One request for the list of held locks; ``after`` is the place behind which it begins."""

    kind: Kind | None = None
    state_id: str | None = None
    limit: int = LIMIT_DEFAULT
    after: int = 0

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> "LockQuery":
        """A query from URL parameters; raises BadFilter or BadPage. An empty one is none."""
        kind = parameters.get("kind")
        if kind and kind not in list(Kind):
            raise BadFilter(f"kind: must be one of {', '.join(Kind)}.")
        state_id = parameters.get("id")
        if state_id and "\x00" in state_id:
            raise BadFilter("id: NUL characters match nothing.")
        limit = parse_limit(parameters.get("limit"))
        query = cls(Kind(kind) if kind else None, state_id or None, limit)
        page = parameters.get("page")
        return replace(query, after=number_in(page, query._told())) if page else query

    def token(self, last: Lease) -> str:
        """The page token that continues behind a lease, with these filters only."""
        return write_token([*self._told(), str(last.pk)])

    def _told(self) -> list[str]:
        return ["locks", self.kind or "", self.state_id or ""]


def render_locks(leases: list[Lease], query: LockQuery) -> Answer:
    """A page of held locks; ``leases`` holds one more than the page when there are more."""
    shown = leases[: query.limit]
    token = query.token(shown[-1]) if len(leases) > query.limit else None
    body = {"items": [lease_as_dict(lease) for lease in shown], "next": token}
    return Answer(200, jsontext.encode(body))
