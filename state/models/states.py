"""The states' tables, and the facts'. Only ``state.store`` writes them."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from state.domain import jsontext
from state.domain.kinds import Kind
from state.models.fields import ByteOrderedField


def _lists(prefix: str, kind: Kind) -> list[models.Index]:
    """Indexes for keyset paging over live states: each equality filter under each ordering."""
    columns = [one.column for one in kind.spec.filters.values() if one.comparison == "="]
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
        indexes = _lists("agent", Kind.AGENT)


class ResearchState(StateRow):
    kind = Kind.RESEARCH
    status = models.CharField(max_length=20, db_default="")
    fact_count = models.IntegerField(db_default=0)
    fact_bytes = models.BigIntegerField(db_default=0, help_text="Of the facts' JSON.")
    next_position = models.BigIntegerField(db_default=0)

    class Meta:
        verbose_name = "research"
        verbose_name_plural = "research"
        indexes = _lists("research", Kind.RESEARCH)


class VerificationState(StateRow):
    kind = Kind.VERIFICATION
    source_id = ByteOrderedField(max_length=200, db_default="")
    is_verified = models.BooleanField(db_default=False)
    confidence_score = models.FloatField(db_default=0)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "verification"
        indexes = _lists("verif", Kind.VERIFICATION)


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
            models.Index(
                fields=["research_id", "valid_to"],
                name="fact_ended",
                condition=Q(valid_to__isnull=False),
            ),
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
