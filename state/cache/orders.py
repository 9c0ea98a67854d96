"""Orders to drop something from every cache: they travel through the database, Redis or not."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from state.models import CacheOrder

_ORDER_LOCK = 0x11675  # numbers come in the order of commits: a reader of "id > last" misses none
NEWEST_ORDER = "(select max(id) from state_cacheorder)"
"""SQL, for whoever asks the database every round anyway."""

_KEPT = timedelta(minutes=10)


def place_order(name: str) -> int:
    """Orders every worker to drop a key or a category; returns the order's number."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_xact_lock(%s)", [_ORDER_LOCK])
        number: int = CacheOrder.objects.create(name=name, at=Now()).pk
        CacheOrder.objects.filter(at__lt=Now() - _KEPT).exclude(pk=number).delete()
        return number


class OrderFollower:
    """Carries out the orders in one worker; its round is called several times a second.

    ``last`` is the number of the newest order carried out.
    """

    def __init__(self, drop: Callable[[str, int], None], drop_all: Callable[[], None]) -> None:
        self.last: int | None = None
        self._drop = drop
        self._drop_all = drop_all
        self._read_at = float("-inf")

    def round(self, newest: int) -> None:
        """Does what was ordered since the last round; ``newest`` is ``NEWEST_ORDER`` of now."""
        now = time.monotonic()
        if self.last is None or newest < self.last:
            # What was read before this order was known; numbers fall when a backup is restored.
            self.last = newest
            self._drop_all()
        elif now - self._read_at > _KEPT.total_seconds() / 2:
            self._drop_all()  # orders may have come and gone while the database was away
        if newest > self.last:
            orders = CacheOrder.objects.filter(pk__gt=self.last).order_by("pk")
            for number, name in orders.values_list("pk", "name"):
                self._drop(name, number)
                self.last = number
        self._read_at = now
