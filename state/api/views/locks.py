"""``/api/v1/locks`` (contract §4)."""

from adrf.views import APIView as AsyncAPIView
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from state.api import documentation as docs
from state.api.door import call_of, to_response
from state.api.threads import in_thread
from state.domain.errors import BadFilter
from state.domain.kinds import Kind
from state.domain.queries import parse_limit
from state.locks.waiting import current_waiting_room
from state.protocol import locks
from state.protocol.call import Call
from state.protocol.headers import read_idempotency_key
from state.protocol.states import FORCE_ROLE
from state.service import locking


class LocksView(AsyncAPIView):
    """Acquires a lock, and lists those that are held."""

    @extend_schema(**docs.LIST_LOCKS)
    async def get(self, request: Request) -> HttpResponse:
        query = call_of(request).query
        kind = query.get("kind")
        if kind and kind not in list(Kind):
            raise BadFilter(f"kind: must be one of {', '.join(Kind)}.")
        limit = parse_limit(query.get("limit"))
        after = locks.lock_page_after(query.get("page"))
        leases = await in_thread(
            locking.list_locks,
            Kind(kind) if kind else None,
            query.get("id") or None,
            after,
            limit + 1,
        )
        return to_response(locks.render_locks(leases, limit))

    @extend_schema(**docs.ACQUIRE_LOCK)
    async def post(self, request: Request) -> HttpResponse:
        call = call_of(request)
        wish, wait_seconds = locks.read_lock_request(call)
        granted = await locking.acquire_lock(wish, wait_seconds, read_idempotency_key(call))
        return to_response(locks.render_granted(granted, 201))


class LockView(AsyncAPIView):
    """Renews and releases one lock."""

    @extend_schema(**docs.RENEW_LOCK)
    async def patch(self, request: Request, lock_id: str) -> HttpResponse:
        call = call_of(request)
        ttl_seconds = locks.read_renewal(call)
        await _require_write(call, lock_id)
        token = locks.required_token(call)
        granted = await in_thread(locking.renew_lock, lock_id, token, ttl_seconds)
        return to_response(locks.render_granted(granted, 200))

    @extend_schema(**docs.RELEASE_LOCK)
    async def delete(self, request: Request, lock_id: str) -> HttpResponse:
        call = call_of(request)
        forced = call.query.get("force") == "true"
        if forced:
            call.principal.require(FORCE_ROLE)
        await _require_write(call, lock_id)
        token = None if forced else locks.required_token(call)
        await in_thread(locking.release_lock, lock_id, token)
        current_waiting_room().poke()
        return HttpResponse(status=204)


async def _require_write(call: Call, lock_id: str) -> None:
    lease = await in_thread(locking.find_lock, lock_id)
    call.principal.require_write(Kind(lease.kind), lease.state_id)
