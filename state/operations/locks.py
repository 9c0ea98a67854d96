"""``/api/v1/locks`` (contract §4)."""

from typing import Literal

from state.domain.errors import Malformed
from state.domain.kinds import Id, Kind
from state.operations.operation import Body, Operation, Parameter, Result
from state.operations.parameters import IDEMPOTENCY_KEY, PAGE, limit
from state.operations.shapes import KindName, Lock, LockPage
from state.protocol import locks
from state.protocol.call import Answer, Call
from state.protocol.headers import read_idempotency_key
from state.protocol.query import read_flag
from state.protocol.states import check_force
from state.service import locking
from state.service.guard import ask_database

TAG = "Locks"
_MANY = "/api/v1/locks"
_ONE = "/api/v1/locks/{id}"
_TOKEN = Parameter("Lock-Token", "The token from the acquisition.")


async def _list(call: Call) -> Answer:
    query = locks.LockQuery.parse(call.query)
    leases = await ask_database(
        locking.list_locks, query.kind, query.state_id, query.after, query.limit + 1
    )
    return locks.render_locks(leases, query)


async def _acquire(call: Call) -> Answer:
    wish, wait_seconds, key = locks.read_lock_request(call)
    granted = await locking.acquire_lock(wish, wait_seconds, key)
    return locks.render_granted(granted, 201)


async def _may_write(call: Call) -> None:
    """Raises Forbidden when the caller may not write the lock's state."""
    check_force(call)
    lease = await ask_database(locking.find_lock, call.id)
    if lease is not None:
        call.principal.require_write(Kind(lease.kind), lease.state_id)


async def _token_or_unknown(call: Call) -> str:
    """The Lock-Token, which a known lock needs; raises Malformed. An unknown one is 404 later."""
    token = call.headers.get("lock-token", "")
    if not token and await ask_database(locking.find_lock, call.id) is not None:
        raise Malformed("The Lock-Token header is required.")
    return token


async def _renew(call: Call) -> Answer:
    token = await _token_or_unknown(call)
    ttl_seconds, key = locks.read_renewal(call)
    granted = await locking.renew_lock(call.id, token, ttl_seconds, key)
    return locks.render_granted(granted, 200)


async def _release(call: Call) -> Answer:
    token = None if read_flag(call, "force") else await _token_or_unknown(call)
    key = read_idempotency_key(call)
    return locks.render_released(await locking.release_lock(call.id, token, key))


OPERATIONS = [
    Operation(
        name="listLocks",
        method="GET",
        path=_MANY,
        run=_list,
        tag=TAG,
        summary="The locks held now",
        description="In the order they were acquired; never their tokens.",
        results={200: Result("A page.", LockPage)},
        query=(
            Parameter("kind", "Of states of this kind.", KindName, may_be_empty=True),
            Parameter("id", "Of the state with this id.", Id, may_be_empty=True),
            limit(),
            PAGE,
        ),
    ),
    Operation(
        name="acquireLock",
        method="POST",
        path=_MANY,
        run=_acquire,
        tag=TAG,
        summary="Lock a state",
        description="Waiters get the lock in the order they came. `token` is shown once; "
        "`fencingToken` grows with every acquisition. 503 `overloaded`: the instance ends before "
        "the wait does, or another transaction keeps the state; ask again.",
        role="agent",
        body=Body(locks.LockRequest),
        results={201: Result("The lease.", Lock)},
        refusals=(409,),
        headers=(IDEMPOTENCY_KEY,),
        waits=True,
    ),
    Operation(
        name="renewLock",
        method="PATCH",
        path=_ONE,
        run=_renew,
        tag=TAG,
        summary="Extend a lock you hold",
        role="agent",
        permit=_may_write,
        body=Body(locks.RenewRequest),
        results={200: Result("The lease with its new expiry.", Lock)},
        refusals=(404, 409),
        headers=(_TOKEN, IDEMPOTENCY_KEY),
    ),
    Operation(
        name="releaseLock",
        method="DELETE",
        path=_ONE,
        run=_release,
        tag=TAG,
        summary="Release a lock",
        role="agent",
        permit=_may_write,
        results={204: Result("Released.")},
        refusals=(404, 409, 422),
        query=(Parameter("force", "`true` needs no token (operators).", Literal["true", "false"]),),
        headers=(_TOKEN, IDEMPOTENCY_KEY),
    ),
]
