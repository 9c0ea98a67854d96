"""The change log's tables, and what is written in the transaction of a write."""

from django.db import models

from state.models.fields import ByteOrderedField


class ChangeRecord(models.Model):
    """One row of the append-only change log; ``seq`` grows in the order of commits."""

    seq = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12)
    state_id = ByteOrderedField(max_length=200)
    version = models.BigIntegerField()
    change_type = models.CharField(max_length=20)
    at = models.DateTimeField()
    updated_at = models.DateTimeField(help_text="The state's lastUpdated at this version.")
    actor = models.CharField(max_length=150, default="")
    reason = models.CharField(max_length=500, default="")
    old_values = models.TextField()
    new_values = models.TextField()
    document = models.TextField(  # noqa: DJ001  (null: this row has none)
        null=True, help_text="The full state, now and then, so that an old version is near."
    )
    batch = models.BigIntegerField(null=True, help_text="The same for all of an atomic batch.")
    forced = models.BooleanField(db_default=False, help_text="An operator lifted the transitions.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "state_id", "version"], name="one_change"),
        ]
        indexes = [models.Index(fields=["kind", "state_id", "seq"], name="change_by_place")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state_id} v{self.version}"


class ChangeLog(models.Model):
    """The log as a whole: one row.

    ``epoch`` is part of every cursor and changes when the database is restored from a backup;
    ``pruned_through`` is the last ``seq`` that retention has removed; up to ``swept_through`` it
    has really done so, and left each state's newest row.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.CharField(max_length=16)
    pruned_through = models.BigIntegerField(default=0)
    swept_through = models.BigIntegerField(db_default=0)

    def __str__(self) -> str:
        return str(self.epoch)


class StateCount(models.Model):
    """How many live states of a kind are in a group (status, or verification outcome)."""

    kind = models.CharField(max_length=12)
    group = models.CharField(max_length=20)
    total = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "group"], name="one_count")]

    def __str__(self) -> str:
        return f"{self.kind} {self.group}: {self.total}"


class IdempotencyRecord(models.Model):
    """What a caller's Idempotency-Key was answered; written in the transaction of the write."""

    caller = models.CharField(max_length=160)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    outcome = models.TextField(default="", db_default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="one_answer")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
