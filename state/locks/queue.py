"""Who waits for which lock, in the order they came; a row for each, kept alive by its worker."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Min

from state.domain.commands import IdempotencyKey
from state.domain.kinds import Kind
from state.locks.wish import Wish
from state.models import MODELS, LockWaiter
from state.store.clock import database_now

ALIVE_SECONDS = 1.2
"""A waiter not refreshed for so long is silent: its instance went without a word, or is held up."""

SECOND_LOOK_SECONDS = 0.5
"""A silent waiter who says nothing for so long, while the database is free, is dead.

Both together, and the poll, must stay below 2 s (contract §4).
"""

Sign = tuple[int, datetime]
"""A waiter, and when it was last seen."""


class SilentAhead(Exception):
    """Nobody living stands before the caller, but somebody silent does: look again in a moment.

    Whoever holds up the database holds up the waiters' signs of life too, and whoever asks next may
    get hold of it before them. So a silent waiter is passed over at the second look only.
    """

    def __init__(self, signs: frozenset[Sign]) -> None:
        super().__init__()
        self.signs = signs


def join(wish: Wish, place: int | None, key: IdempotencyKey | None, now: datetime) -> int:
    """Takes a place at the end of the queue, or takes back the place that was given away."""
    waiter = LockWaiter(
        pk=place,
        kind=wish.kind.value,
        state_id=wish.state_id,
        owner=wish.owner,
        seen_at=now,
    )
    if key is not None:
        waiter.caller, waiter.key, waiter.digest = key.caller, key.key, key.digest
    waiter.save()
    return int(waiter.pk)


def leave(place: int) -> None:
    """Gives the place up."""
    LockWaiter.objects.filter(pk=place).delete()


def first_ahead(
    wish: Wish, place: int | None, now: datetime, known_silent: frozenset[Sign]
) -> LockWaiter | None:
    """The first living waiter before a place; without a place everybody is before it.

    Those of ``known_silent`` who gave no sign since are dead and removed. Raises SilentAhead for
    others.
    """
    before = LockWaiter.objects.filter(kind=wish.kind.value, state_id=wish.state_id)
    if place is not None:
        before = before.filter(pk__lt=place)
    first = before.filter(seen_at__gt=_alive_since(now)).order_by("pk").first()
    if first is None:
        silent = frozenset(before.values_list("pk", "seen_at"))
        if not silent <= known_silent:
            raise SilentAhead(silent)
        if silent:
            before.filter(seen_at__lte=_alive_since(now)).delete()
    return first


def is_used_differently(key: IdempotencyKey, place: int | None, now: datetime) -> bool:
    """Whether somebody who came before waits with this key for something else."""
    others = LockWaiter.objects.filter(
        caller=key.caller, key=key.key, seen_at__gt=_alive_since(now)
    ).exclude(digest=key.digest)
    if place is not None:
        others = others.filter(pk__lt=place)
    return others.exists()


def keep_alive(places: Collection[int], now: datetime) -> None:
    """Says that these still wait."""
    LockWaiter.objects.filter(pk__in=places).update(seen_at=now)


def ready(places: Collection[int], now: datetime) -> set[int]:
    """Those who should try now: the first in their queue for a lock that is free.

    And those whose place was given away while they could give no sign, to take it back.
    """
    waiters = list(LockWaiter.objects.filter(pk__in=places))
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
            LockWaiter.objects.filter(
                kind=kind_name, state_id__in=ids - held, seen_at__gt=_alive_since(now)
            )
            .values("state_id")
            .annotate(head=Min("pk"))
        )
        found |= {row["head"] for row in heads}
    given_away = set(places) - {waiter.pk for waiter in waiters}
    return (found & set(places)) | given_away


def _alive_since(now: datetime) -> datetime:
    return now - timedelta(seconds=ALIVE_SECONDS)


def count_waiting() -> int:
    """How many callers wait for a lock, in all instances."""
    return LockWaiter.objects.filter(seen_at__gt=_alive_since(database_now())).count()
