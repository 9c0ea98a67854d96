"""``/api/v1/locks`` (contract §4)."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from state.domain.kinds import Kind
from state.doors.rest import documentation as docs
from state.doors.rest.door import call_of, to_response
from state.doors.rest.views.waiting import WaitingView
from state.protocol import locks
from state.protocol.call import Call
from state.protocol.headers import read_idempotency_key
from state.protocol.states import FORCE_ROLE
from state.service import locking
from state.service.guard import ask_database


class LocksView(WaitingView):
    """Acquires a lock, and lists those that are held."""

    @extend_schema(**docs.LIST_LOCKS)
    async def get(self, request: Request) -> HttpResponse:
        query = locks.LockQuery.parse(call_of(request).query)
        leases = await ask_database(
            locking.list_locks, query.kind, query.state_id, query.after, query.limit + 1
        )
        return to_response(locks.render_locks(leases, query))

    @extend_schema(**docs.ACQUIRE_LOCK)
    async def post(self, request: Request) -> HttpResponse:
        wish, wait_seconds, key = locks.read_lock_request(call_of(request))
        granted = await locking.acquire_lock(wish, wait_seconds, key)
        return to_response(locks.render_granted(granted, 201))


class LockView(WaitingView):
    """Renews and releases one lock."""

    @extend_schema(**docs.RENEW_LOCK)
    async def patch(self, request: Request, lock_id: str) -> HttpResponse:
        call = call_of(request)
        is_known = await _may_write(call, lock_id)
        asked = locks.read_renewal(call, is_known=is_known)
        granted = await locking.renew_lock(lock_id, asked.token, asked.ttl_seconds, asked.key)
        return to_response(locks.render_granted(granted, 200))

    @extend_schema(**docs.RELEASE_LOCK)
    async def delete(self, request: Request, lock_id: str) -> HttpResponse:
        call = call_of(request)
        forced = call.query.get("force") == "true"
        if forced:
            call.principal.require(FORCE_ROLE)
        is_known = await _may_write(call, lock_id)
        token = None if forced else locks.read_lock_token(call, is_known=is_known)
        key = read_idempotency_key(call)
        replayed = await locking.release_lock(lock_id, token, key)
        return to_response(locks.render_released(replayed))


async def _may_write(call: Call, lock_id: str) -> bool:
    """Whether there is such a lock; raises Forbidden when the caller may not write its state.

    An unknown one is refused by whoever looks for it in its transaction: a key is judged first.
    """
    lease = await ask_database(locking.find_lock, lock_id)
    if lease is not None:
        call.principal.require_write(Kind(lease.kind), lease.state_id)
    return lease is not None
