"""What an Idempotency-Key was answered for a lock, noted in the lease's own transaction."""

from collections.abc import Collection
from typing import Any

from state.domain import jsontext
from state.domain.commands import IdempotencyKey
from state.domain.errors import IdempotencyInFlight, IdempotencyMismatch
from state.locks import queue
from state.models import IdempotencyRecord
from state.store.clock import database_now
from state.store.connection import HeldUp

Members = dict[str, Any]
"""A lease by its JSON members, without its token; or when it was released."""


def earlier(key: IdempotencyKey | None, place: int | None = None) -> Members | None:
    """What the key was answered before; notes the key when it is new.

    Raises IdempotencyMismatch, also for a key with which another request waits in a queue.
    """
    if key is None:
        return None
    now = database_now()
    note = IdempotencyRecord(caller=key.caller, key=key.key, digest=key.digest, created_at=now)
    try:
        # A twin that is still running makes this wait for its commit.
        IdempotencyRecord.objects.bulk_create([note], ignore_conflicts=True)
    except HeldUp as error:
        raise IdempotencyInFlight() from error
    record = IdempotencyRecord.objects.get(caller=key.caller, key=key.key)
    if record.digest != key.digest or queue.is_used_differently(key, place, now):
        raise IdempotencyMismatch()
    if not record.outcome:
        return None
    members: Members = jsontext.decode(record.outcome)
    return members


def remember(key: IdempotencyKey | None, members: Members) -> None:
    """Writes down what the key is answered: a token is not."""
    if key is not None:
        IdempotencyRecord.objects.filter(caller=key.caller, key=key.key).update(
            outcome=jsontext.encode(members).decode()
        )


def forget(key: IdempotencyKey | None) -> None:
    """Takes the note back: who waits in the queue has no answer yet."""
    if key is not None:
        IdempotencyRecord.objects.filter(caller=key.caller, key=key.key).delete()


def granted(keys: Collection[IdempotencyKey]) -> set[IdempotencyKey]:
    """Those of the keys under which a lease was granted."""
    records = IdempotencyRecord.objects.filter(
        caller__in={key.caller for key in keys}, key__in={key.key for key in keys}
    )
    found = set(records.exclude(outcome="").values_list("caller", "key"))
    return {key for key in keys if (key.caller, key.key) in found}
