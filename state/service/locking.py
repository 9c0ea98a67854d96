"""Locks: acquired, renewed, released, listed."""

from state.domain.commands import IdempotencyKey
from state.domain.kinds import Kind
from state.locks import leases
from state.locks.leases import Granted, Released
from state.locks.threads import leasing
from state.locks.waiting import current_waiting_room
from state.locks.wish import Wish
from state.models import Lease


async def acquire_lock(wish: Wish, wait_seconds: float, key: IdempotencyKey | None) -> Granted:
    """The lease, in the order of those who came.

    Raises LockUnavailable after the wait, IdempotencyMismatch, Overloaded.
    """
    return await current_waiting_room().acquire(wish, wait_seconds, key)


async def renew_lock(
    lock_id: str, token: str, ttl_seconds: float, key: IdempotencyKey | None
) -> Granted:
    """The lease with a new expiry; raises NotFound, LockLost, IdempotencyMismatch, Overloaded."""
    return await leasing.run(leases.renew, lock_id, token, ttl_seconds, key)


async def release_lock(lock_id: str, token: str | None, key: IdempotencyKey | None) -> Released:
    """Ends the lease, by force without a token.

    Raises NotFound, LockLost, IdempotencyMismatch, Overloaded.
    """
    released = await leasing.run(leases.release, lock_id, token, key)
    current_waiting_room().poke()
    return released


def find_lock(lock_id: str) -> Lease | None:
    """The lease with this id, held or not."""
    return leases.find(lock_id)


def list_locks(kind: Kind | None, state_id: str | None, after: int, limit: int) -> list[Lease]:
    """Leases held now, behind a place, in the order of acquisition."""
    return leases.list_held(kind, state_id, after, limit)
