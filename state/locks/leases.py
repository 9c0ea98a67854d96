"""Acquires, renews and releases leases (contract §4).

The lease of a state stands in the state's own row, so a write checks it in the statement that locks
the row, and acquire, renew, release and write exclude each other there. The fencing token is a
column of that row too: it outlives release, expiry and restarts (Kleppmann, "How to do distributed
locking", 2016).
"""

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from state.domain.commands import IdempotencyKey
from state.domain.current import token_digest
from state.domain.errors import LockLost, LockUnavailable, NotFound
from state.domain.kinds import Kind
from state.domain.times import format_time
from state.locks import answers, queue
from state.locks.answers import Members
from state.locks.queue import Sign
from state.locks.transactions import lease_transaction
from state.locks.wish import Wish
from state.models import MODELS, Lease, StateRow
from state.runtime.failpoints import reach
from state.store.clock import database_now


@dataclass(frozen=True, slots=True)
class Granted:
    """A lease as its holder sees it, by its JSON members; ``token`` only from the acquisition."""

    members: Members
    token: str | None = None
    replayed: bool = False

    @property
    def lock_id(self) -> str:
        return str(self.members["lockId"])

    def as_dict(self) -> Members:
        return self.members if self.token is None else {**self.members, "token": self.token}


@dataclass(frozen=True, slots=True)
class Released:
    """The end of a lease; ``replayed`` when its key had ended it before, at that moment."""

    at: str
    replayed: bool


def lease_as_dict(lease: Lease) -> Members:
    """A lease's JSON, without its token."""
    return {
        "lockId": lease.lock_id,
        "kind": lease.kind,
        "id": lease.state_id,
        "owner": lease.owner,
        "fencingToken": lease.fencing_token,
        "acquiredAt": format_time(lease.acquired_at),
        "expiresAt": format_time(lease.expires_at),
    }


def acquire(
    wish: Wish,
    *,
    key: IdempotencyKey | None = None,
    place: int | None = None,
    may_wait: bool = False,
    known_silent: frozenset[Sign] = frozenset(),
) -> Granted | int:
    """The lease; or the caller's place in the queue, while it is held or others came before.

    ``place`` is the one the caller has already; it goes with the lease. Who may not wait is told
    LockUnavailable. With a ``key`` that was answered before, the same answer and token come again.
    Raises IdempotencyMismatch, SilentAhead (pass its signs as ``known_silent`` the next time), and
    Overloaded when another transaction kept the state's row for too long.

    The place is taken in the transaction that looked: whoever reached the state's row first comes
    first, and nobody gets between the look and the place.
    """
    with lease_transaction():
        earlier = answers.earlier(key, place)
        outcome = (
            _grant_or_join(wish, key, place, may_wait, known_silent)
            if earlier is None
            else Granted(earlier, _token(earlier["lockId"]), replayed=True)
        )
        if isinstance(outcome, Granted) and place is not None:
            queue.leave(place)
        reach("locks.decided")
    reach("locks.granted" if isinstance(outcome, Granted) else "locks.joined")
    return outcome


def _grant_or_join(
    wish: Wish,
    key: IdempotencyKey | None,
    place: int | None,
    may_wait: bool,
    known_silent: frozenset[Sign],
) -> Granted | int:
    row = _locked_row(wish.kind, wish.state_id)
    now = database_now()
    obstacle = _obstacle(row, wish, place, now, known_silent)
    if obstacle is None:
        granted = _grant(row, wish, now)
        answers.remember(key, granted.members)
        return granted
    if not may_wait:
        raise obstacle
    answers.forget(key)
    return queue.join(wish, place, key, now)


def _obstacle(
    row: StateRow, wish: Wish, place: int | None, now: datetime, known_silent: frozenset[Sign]
) -> LockUnavailable | None:
    if row.lock_id and row.lock_expires_at and row.lock_expires_at > now:
        holder = Lease.objects.get(lock_id=row.lock_id)
        return LockUnavailable(
            f"{holder.owner} holds it.",
            owner=holder.owner,
            expiresAt=format_time(holder.expires_at),
        )
    first = queue.first_ahead(wish, place, now, known_silent)
    if first is not None:
        return LockUnavailable("Others wait for it.", owner=first.owner, expiresAt=format_time(now))
    return None


def _grant(row: StateRow, wish: Wish, now: datetime) -> Granted:
    lock_id = uuid.uuid4().hex
    token = _token(lock_id)
    expires_at = now + timedelta(seconds=wish.ttl_seconds)
    fencing_token = row.fencing_token + 1
    _set_lock(
        row,
        lock_id=lock_id,
        lock_token_digest=token_digest(token),
        lock_expires_at=expires_at,
        fencing_token=fencing_token,
    )
    lease = Lease.objects.create(
        lock_id=lock_id,
        kind=wish.kind.value,
        state_id=wish.state_id,
        owner=wish.owner,
        fencing_token=fencing_token,
        acquired_at=now,
        expires_at=expires_at,
    )
    return Granted(lease_as_dict(lease), token)


def renew(
    lock_id: str, token: str, ttl_seconds: float, key: IdempotencyKey | None = None
) -> Granted:
    """The lease with a new expiry; raises NotFound, LockLost, IdempotencyMismatch, Overloaded.

    With a ``key`` that was answered before, the same answer comes again and nothing changes.
    """
    with lease_transaction():
        earlier = answers.earlier(key)
        if earlier is not None:
            return Granted(earlier, replayed=True)
        lease, row = _held(lock_id, token)
        expires_at = database_now() + timedelta(seconds=ttl_seconds)
        _set_lock(row, lock_expires_at=expires_at)
        Lease.objects.filter(pk=lease.pk).update(expires_at=expires_at)
        lease.expires_at = expires_at
        granted = Granted(lease_as_dict(lease))
        answers.remember(key, granted.members)
        return granted


def release(lock_id: str, token: str | None, key: IdempotencyKey | None = None) -> Released:
    """Ends the lease; without a token by force.

    Raises NotFound, LockLost, IdempotencyMismatch, Overloaded.
    """
    with lease_transaction():
        earlier = answers.earlier(key)
        if earlier is not None:
            return Released(earlier["releasedAt"], replayed=True)
        lease, row = _held(lock_id, token)
        now = database_now()
        _set_lock(row, lock_id="", lock_token_digest="", lock_expires_at=None)
        Lease.objects.filter(pk=lease.pk).update(released_at=now)
        answers.remember(key, {"releasedAt": format_time(now)})
        return Released(format_time(now), replayed=False)


def find(lock_id: str) -> Lease | None:
    """The lease with this id, held or not."""
    if "\x00" in lock_id:  # PostgreSQL takes no such text
        return None
    return Lease.objects.filter(lock_id=lock_id).first()


def list_held(kind: Kind | None, state_id: str | None, after: int, limit: int) -> list[Lease]:
    """Leases held now, in the order of acquisition."""
    leases = _held_now().filter(pk__gt=after)
    if kind is not None:
        leases = leases.filter(kind=kind.value)
    if state_id is not None:
        leases = leases.filter(state_id=state_id)
    return list(leases.order_by("pk")[:limit])


def count_held() -> int:
    """How many leases are held now."""
    return _held_now().count()


def _held_now() -> "QuerySet[Lease]":
    return Lease.objects.filter(released_at__isnull=True, expires_at__gt=database_now())


def _locked_row(kind: Kind, state_id: str) -> StateRow:
    """The state's row, locked; the state need not exist yet."""
    rows = MODELS[kind].objects  # type: ignore[attr-defined]
    rows.bulk_create([MODELS[kind](id=state_id)], ignore_conflicts=True)
    row = rows.select_for_update().only(*_LOCK_COLUMNS).get(id=state_id)
    assert isinstance(row, StateRow)
    return row


_LOCK_COLUMNS = ("id", "lock_id", "lock_token_digest", "lock_expires_at", "fencing_token")


def _held(lock_id: str, token: str | None) -> tuple[Lease, StateRow]:
    lease = find(lock_id)
    if lease is None:
        raise NotFound("There is no such lock.")
    row = _locked_row(Kind(lease.kind), lease.state_id)
    held = (
        row.lock_id == lock_id
        and row.lock_expires_at is not None
        and row.lock_expires_at > database_now()
    )
    if not held:
        raise LockLost()
    if token is not None and not hmac.compare_digest(row.lock_token_digest, token_digest(token)):
        raise LockLost()
    return lease, row


def _set_lock(row: StateRow, **columns: Any) -> None:
    type(row).objects.filter(id=row.id).update(**columns)  # type: ignore[attr-defined]


def _token(lock_id: str) -> str:
    """The lease's secret: derived, so that a retried acquire can be told it again."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"lock:{lock_id}".encode(), hashlib.sha256).hexdigest()
