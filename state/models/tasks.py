"""The tasks and the resources of the Lightning wire (contract §12)."""

from django.db import models

from state.models.fields import ByteOrderedField

OPEN = ("Submitted", "Pending", "InProgress", "VerificationRequired")
"""The statuses of a task that somebody still has to do something about."""


class Task(models.Model):
    """A queued task, or one that was executed at once and wrote; a record of its write.

    Times are texts in RFC 3339, UTC; what came from a client has .NET's seven digits, and sorts.
    """

    id = ByteOrderedField(primary_key=True, max_length=200)
    agent_id = ByteOrderedField(max_length=200)
    name = models.CharField(max_length=200)
    description = models.TextField(default="", db_default="")
    input = models.TextField(default="{}", db_default="{}", help_text="JSON")
    status = models.CharField(max_length=20)
    priority = models.IntegerField(default=0, db_default=0)
    submitted_at = models.CharField(max_length=28)
    verification_required = models.BooleanField(default=False, db_default=False)
    result = models.TextField(null=True)  # noqa: DJ001  (null: there is none)
    completed_at = models.CharField(null=True, max_length=28)  # noqa: DJ001
    executed = models.TextField(  # noqa: DJ001
        null=True, help_text="What its execution was answered, as JSON; null: it was queued."
    )
    digest = models.CharField(max_length=64, default="", db_default="")
    outcome = models.TextField(default="", db_default="")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                models.F("agent_id"),
                models.F("priority").desc(),
                models.F("submitted_at"),
                name="tasks_open",
                condition=models.Q(status__in=OPEN),
            ),
            models.Index(fields=["created_at"], name="tasks_age"),
            models.Index(fields=["agent_id", "-created_at"], name="tasks_of_agent"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class Resource(models.Model):
    """A resource that clients share, as the JSON text they sent."""

    key = ByteOrderedField(primary_key=True, max_length=300)
    value = models.TextField()
    namespace = models.CharField(max_length=300, default="")
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.key)
