"""Locks, with a database that cannot be reached named as such."""

from state.domain.commands import IdempotencyKey
from state.domain.kinds import Kind
from state.locks import leases
from state.locks.leases import Granted, Wish
from state.locks.waiting import current_waiting_room
from state.models import Lease
from state.service.guard import database_errors, reaches_database


async def acquire_lock(wish: Wish, wait_seconds: float, key: IdempotencyKey | None) -> Granted:
    """The lease, in the order of those who came; raises LockUnavailable after the wait."""
    with database_errors():
        return await current_waiting_room().acquire(wish, wait_seconds, key)


@reaches_database
def find_lock(lock_id: str) -> Lease:
    """The lease with this id, held or not; raises NotFound."""
    return leases.find(lock_id)


@reaches_database
def renew_lock(lock_id: str, token: str, ttl_seconds: float) -> Granted:
    """The lease with a new expiry; raises NotFound or LockLost."""
    return leases.renew(lock_id, token, ttl_seconds)


@reaches_database
def release_lock(lock_id: str, token: str | None) -> None:
    """Ends the lease, by force without a token; raises NotFound or LockLost."""
    leases.release(lock_id, token)


@reaches_database
def list_locks(kind: Kind | None, state_id: str | None, after: int, limit: int) -> list[Lease]:
    """Leases held now, behind a place, in the order of acquisition."""
    return leases.list_held(kind, state_id, after, limit)
