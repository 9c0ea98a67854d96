"""Who waits for which lock, in the order they came; a row for each, kept alive by its worker."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from state.domain.kinds import Kind
from state.models import MODELS, LockWaiter

ALIVE_SECONDS = 1.5
"""A waiter not refreshed for so long is dead: its instance went without a word."""


@dataclass(frozen=True, slots=True)
class Place:
    """A waiter's state: may it try now?"""

    waiter_id: int
    may_try: bool


def join(kind: Kind, state_id: str, owner: str, worker: str, now: datetime) -> int:
    """Takes a place at the end of the queue."""
    waiter = LockWaiter.objects.create(
        kind=kind.value, state_id=state_id, owner=owner, worker=worker, seen_at=now
    )
    return int(waiter.pk)


def leave(waiter_id: int) -> None:
    """Gives the place up."""
    LockWaiter.objects.filter(pk=waiter_id).delete()


def first_waiter(kind: Kind, state_id: str, now: datetime) -> LockWaiter | None:
    """The living waiter that came first."""
    return (
        LockWaiter.objects.filter(
            kind=kind.value,
            state_id=state_id,
            seen_at__gt=now - timedelta(seconds=ALIVE_SECONDS),
        )
        .order_by("pk")
        .first()
    )


def keep_alive(waiter_ids: Collection[int], now: datetime) -> None:
    """Says that these still wait, and removes those who died."""
    LockWaiter.objects.filter(pk__in=waiter_ids).update(seen_at=now)
    LockWaiter.objects.filter(seen_at__lt=now - timedelta(seconds=60)).delete()


def ready(waiter_ids: Collection[int], now: datetime) -> set[int]:
    """Those of the waiters who are first in their queue for a lock that is free."""
    since = now - timedelta(seconds=ALIVE_SECONDS)
    waiters = LockWaiter.objects.filter(pk__in=waiter_ids)
    found: set[int] = set()
    for kind_name in {waiter.kind for waiter in waiters}:
        kind = Kind(kind_name)
        ids = {waiter.state_id for waiter in waiters if waiter.kind == kind_name}
        held = set(
            MODELS[kind]
            .objects.filter(id__in=ids, lock_expires_at__gt=now)  # type: ignore[attr-defined]
            .exclude(lock_id="")
            .values_list("id", flat=True)
        )
        heads = (
            LockWaiter.objects.filter(kind=kind_name, state_id__in=ids - held, seen_at__gt=since)
            .values("state_id")
            .annotate(head=Min("pk"))
        )
        found |= {row["head"] for row in heads}
    return found & set(waiter_ids)
