"""Leases and those who wait for one."""

from django.db import models
from django.db.models import Q

from state.models.fields import ByteOrderedField


class Lease(models.Model):
    """One acquisition of a lock; who holds it now stands in the state's own row."""

    lock_id = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=12)
    state_id = ByteOrderedField(max_length=200)
    owner = models.CharField(max_length=200)
    fencing_token = models.BigIntegerField()
    acquired_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["kind", "state_id"],
                name="lease_open",
                condition=Q(released_at__isnull=True),
            ),
            models.Index(fields=["expires_at"], name="lease_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state_id} by {self.owner}"


class LockWaiter(models.Model):
    """Somebody who waits for a lock; ids are the order they came in.

    ``caller``, ``key`` and ``digest`` are those of its Idempotency-Key, empty without one.
    """

    kind = models.CharField(max_length=12)
    state_id = ByteOrderedField(max_length=200)
    owner = models.CharField(max_length=200)
    seen_at = models.DateTimeField(db_index=True)
    caller = models.CharField(max_length=160, default="", db_default="", blank=True)
    key = models.CharField(max_length=200, default="", db_default="", blank=True)
    digest = models.CharField(max_length=64, default="", db_default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "state_id", "id"], name="waiters_in_order")]

    def __str__(self) -> str:
        return f"{self.owner} for {self.kind} {self.state_id}"
