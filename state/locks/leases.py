"""Acquires, renews and releases leases (contract §4).

The lease of a state stands in the state's own row, so a write checks it in the statement that locks
the row, and acquire, renew, release and write exclude each other there. The fencing token is a
column of that row too: it outlives release, expiry and restarts (Kleppmann, "How to do distributed
locking", 2016).
"""

import hashlib
import hmac
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from state.domain.commands import IdempotencyKey
from state.domain.current import token_digest
from state.domain.errors import (
    IdempotencyInFlight,
    IdempotencyMismatch,
    LockLost,
    LockUnavailable,
    NotFound,
)
from state.domain.kinds import Kind
from state.domain.times import format_time
from state.locks import queue
from state.models import MODELS, IdempotencyRecord, Lease, StateRow


@dataclass(frozen=True, slots=True)
class Granted:
    """A lease as its holder sees it; ``token`` only from the acquisition."""

    lease: Lease
    token: str | None = None
    replayed: bool = False

    def as_dict(self) -> dict[str, Any]:
        shown = lease_as_dict(self.lease)
        return shown if self.token is None else {**shown, "token": self.token}


def lease_as_dict(lease: Lease) -> dict[str, Any]:
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


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to lock, and for how long."""

    kind: Kind
    state_id: str
    owner: str
    ttl_seconds: float


def acquire(
    wish: Wish, *, waiter_id: int | None = None, key: IdempotencyKey | None = None
) -> Granted:
    """The lease; raises LockUnavailable while it is held or somebody waits before the caller.

    ``waiter_id`` is the caller's place in the queue, which it leaves with the lease. With a ``key``
    that was answered before, the same lease and token come again.
    """
    with transaction.atomic():
        earlier = _earlier(key)
        if earlier is not None:
            return earlier
        row = _locked_row(wish.kind, wish.state_id)
        now = database_now()
        if row.lock_id and row.lock_expires_at and row.lock_expires_at > now:
            holder = Lease.objects.get(lock_id=row.lock_id)
            raise LockUnavailable(
                f"{holder.owner} holds it.",
                owner=holder.owner,
                expiresAt=format_time(holder.expires_at),
            )
        first = queue.first_waiter(wish.kind, wish.state_id, now)
        if first is not None and first.pk != waiter_id:
            raise LockUnavailable(
                "Others wait for it.", owner=first.owner, expiresAt=format_time(now)
            )
        granted = _grant(row, wish, now)
        if waiter_id is not None:
            queue.leave(waiter_id)
        if key is not None:
            IdempotencyRecord.objects.filter(caller=key.caller, key=key.key).update(
                outcome=granted.lease.lock_id
            )
        return granted


def _grant(row: StateRow, wish: Wish, now: datetime) -> Granted:
    lock_id = uuid.uuid4().hex
    token = _token(lock_id)
    expires_at = now + timedelta(seconds=wish.ttl_seconds)
    fencing_token = row.fencing_token + 1
    MODELS[wish.kind].objects.filter(id=wish.state_id).update(  # type: ignore[attr-defined]
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
    return Granted(lease, token)


def renew(lock_id: str, token: str, ttl_seconds: float) -> Granted:
    """The lease with a new expiry; raises NotFound or LockLost."""
    with transaction.atomic():
        lease, row = _held(lock_id, token)
        expires_at = database_now() + timedelta(seconds=ttl_seconds)
        _set_lock(row, lock_expires_at=expires_at)
        Lease.objects.filter(pk=lease.pk).update(expires_at=expires_at)
        lease.expires_at = expires_at
        return Granted(lease)


def release(lock_id: str, token: str | None) -> None:
    """Ends the lease; without a token by force. Raises NotFound or LockLost."""
    with transaction.atomic():
        lease, row = _held(lock_id, token)
        _set_lock(row, lock_id="", lock_token_digest="", lock_expires_at=None)
        Lease.objects.filter(pk=lease.pk).update(released_at=database_now())


def find(lock_id: str) -> Lease:
    """The lease with this id, held or not; raises NotFound."""
    lease = Lease.objects.filter(lock_id=lock_id).first()
    if lease is None:
        raise NotFound("There is no such lock.")
    return lease


def list_held(kind: Kind | None, state_id: str | None, after: int, limit: int) -> list[Lease]:
    """Leases held now, in the order of acquisition."""
    leases = Lease.objects.filter(
        pk__gt=after, released_at__isnull=True, expires_at__gt=database_now()
    )
    if kind is not None:
        leases = leases.filter(kind=kind.value)
    if state_id is not None:
        leases = leases.filter(state_id=state_id)
    return list(leases.order_by("pk")[:limit])


def answered(keys: Collection[IdempotencyKey]) -> set[IdempotencyKey]:
    """Those of the keys under which a lease was granted."""
    records = IdempotencyRecord.objects.filter(key__in={key.key for key in keys})
    found = set(records.exclude(outcome="").values_list("caller", "key"))
    return {key for key in keys if (key.caller, key.key) in found}


def database_now() -> datetime:
    """The database's clock, which alone judges expiry."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        [now] = cursor.fetchone() or [datetime.now(UTC)]
        assert isinstance(now, datetime)
        return now


def _earlier(key: IdempotencyKey | None) -> Granted | None:
    """What the key was answered before; notes the key when it is new."""
    if key is None:
        return None
    # A twin that is still running makes this wait for its commit.
    created = IdempotencyRecord.objects.bulk_create(
        [
            IdempotencyRecord(
                caller=key.caller, key=key.key, digest=key.digest, created_at=database_now()
            )
        ],
        ignore_conflicts=True,
    )
    assert created
    record = IdempotencyRecord.objects.get(caller=key.caller, key=key.key)
    if record.digest != key.digest:
        raise IdempotencyMismatch()
    if not record.outcome:
        return None
    lease = Lease.objects.filter(lock_id=record.outcome).first()
    if lease is None:
        raise IdempotencyInFlight("The first answer of this key is not kept any more.")
    return Granted(lease, _token(lease.lock_id), replayed=True)


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
