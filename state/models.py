"""The tables. Only ``state.store`` writes states, facts, the change log and the counts."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from rest_framework_api_key.models import AbstractAPIKey

from state.domain import jsontext
from state.domain.kinds import Kind
from state.fields import ByteOrderedField


def _lists(prefix: str, *columns: str) -> list[models.Index]:
    """Indexes for keyset paging over live states: each filter column under each ordering."""
    return [
        models.Index(
            fields=[name for name in (column, order, "id") if name],
            name="_".join(filter(None, (prefix, column, order.removesuffix("_at")))),
            condition=Q(live=True),
        )
        for column in ("", *columns)
        for order in ("", "created_at", "updated_at")
        if column or order
    ]


class StateRow(models.Model):
    """One state of a kind, and what must outlive it.

    A deleted state stays as a row with ``live`` false: it keeps the last version, so that no
    version is handed out twice, and the lock's columns.
    """

    id = ByteOrderedField(primary_key=True, max_length=200)
    version = models.BigIntegerField(db_default=0)
    live = models.BooleanField(db_default=False)
    document = models.TextField(db_default="", help_text="The state's JSON, facts aside.")
    created_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)
    lock_id = models.CharField(max_length=64, db_default="", blank=True)
    lock_token_digest = models.CharField(max_length=64, db_default="", blank=True)
    lock_expires_at = models.DateTimeField(null=True)
    fencing_token = models.BigIntegerField(db_default=0)

    kind: ClassVar[Kind]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.id)

    @property
    def content(self) -> dict[str, Any]:
        """The state as it is sent, facts aside."""
        decoded: dict[str, Any] = jsontext.decode(self.document) if self.document else {}
        return decoded


class AgentState(StateRow):
    kind = Kind.AGENT
    status = models.CharField(max_length=20, db_default="")
    agent_type = models.CharField(max_length=100, db_default="")

    class Meta:
        verbose_name = "agent"
        indexes = _lists("agent", "status", "agent_type")


class ResearchState(StateRow):
    kind = Kind.RESEARCH
    status = models.CharField(max_length=20, db_default="")
    fact_count = models.IntegerField(db_default=0)
    next_position = models.BigIntegerField(db_default=0)

    class Meta:
        verbose_name = "research"
        verbose_name_plural = "research"
        indexes = _lists("research", "status")


class VerificationState(StateRow):
    kind = Kind.VERIFICATION
    source_id = ByteOrderedField(max_length=200, db_default="")
    is_verified = models.BooleanField(db_default=False)
    confidence_score = models.FloatField(db_default=0)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "verification"
        indexes = _lists("verif", "source_id", "is_verified")


MODELS: dict[Kind, type[StateRow]] = {
    Kind.AGENT: AgentState,
    Kind.RESEARCH: ResearchState,
    Kind.VERIFICATION: VerificationState,
}


class Fact(models.Model):
    """One version of one fact: current while ``valid_to`` is null.

    ``valid_from`` and ``valid_to`` are versions of the research, so that a past version of a
    research has its facts as they were.
    """

    research_id = ByteOrderedField(max_length=200)
    fact_id = ByteOrderedField(max_length=200)
    position = models.BigIntegerField()
    valid_from = models.BigIntegerField()
    valid_to = models.BigIntegerField(null=True)
    document = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["research_id", "position"], name="fact_in_order"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["research_id", "fact_id"],
                condition=Q(valid_to__isnull=True),
                name="one_current_fact",
            ),
        ]

    def __str__(self) -> str:
        return str(self.fact_id)


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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "state_id", "version"], name="one_change"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state_id} v{self.version}"


class ChangeLog(models.Model):
    """The log as a whole: one row.

    ``epoch`` is part of every cursor and changes when the database is restored from a backup;
    ``pruned_through`` is the last ``seq`` that retention has removed.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.CharField(max_length=16)
    pruned_through = models.BigIntegerField(default=0)

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


class AgentHeartbeat(models.Model):
    """When an agent was last heard of."""

    agent_id = ByteOrderedField(primary_key=True, max_length=200)
    last_seen = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.agent_id)


class Worker(models.Model):
    """A running worker process and its latest figures, refreshed every second."""

    id = models.CharField(primary_key=True, max_length=40)
    instance = models.CharField(max_length=40)
    host = models.CharField(max_length=100)
    pid = models.IntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)
    figures = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class CacheOrder(models.Model):
    """A key or a category that every worker is to drop from its caches, in the order of ids."""

    name = models.CharField(max_length=300)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.name)


class ApiKey(AbstractAPIKey):
    """A key of an agent or a tool; bound to one agent's state when ``agent_id`` is set."""

    class Role(models.TextChoices):
        VIEWER = "viewer"
        AGENT = "agent"
        OPERATOR = "operator"
        ADMIN = "admin"

    role = models.CharField(max_length=10, choices=Role.choices, default=Role.AGENT)
    agent_id = ByteOrderedField(max_length=200, default="", blank=True)

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "API key"
