"""Jobs: one action on many states, that goes on when whoever asked for it is gone."""

from django.db import models
from django.db.models import Q

from state.models.fields import ByteOrderedField


class Job(models.Model):
    """What is to be done, to how many, for whom; ``lease`` says which worker is at it."""

    class State(models.TextChoices):
        RUNNING = "running"
        CANCELLING = "cancelling"
        DONE = "done"
        CANCELLED = "cancelled"
        STOPPED = "stopped"

    kind = models.CharField(max_length=12)
    action = models.CharField(max_length=20)
    status = models.CharField(max_length=20, default="", help_text="What set-status sets.")
    name = models.CharField(max_length=200)
    filter = models.TextField(default="", help_text="The query string that chose the states.")
    reason = models.CharField(max_length=500, default="")
    actor = models.CharField(max_length=150)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    problem = models.TextField(default="", help_text="Why it has stopped.")
    total = models.IntegerField()
    undo_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="undos")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    lease_holder = models.CharField(max_length=32, default="")
    lease_until = models.DateTimeField(null=True)
    caller = models.CharField(max_length=160, null=True)  # noqa: DJ001  (null: no key was given)
    key = models.CharField(max_length=200, null=True, help_text="Idempotency-Key")  # noqa: DJ001
    digest = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="one_job")]
        indexes = [
            models.Index(
                fields=["id"], name="jobs_open", condition=Q(state__in=("running", "cancelling"))
            ),
            models.Index(fields=["ended_at"], name="jobs_ended"),
        ]

    def __str__(self) -> str:
        return self.name


class JobTarget(models.Model):
    """One state that a job is about, in the order they are taken."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="targets", db_index=False)
    position = models.IntegerField()
    state_id = ByteOrderedField(max_length=200)
    version = models.BigIntegerField(null=True, help_text="Of an undo: what the job has left.")
    was_absent = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "position"], name="one_target")]

    def __str__(self) -> str:
        return str(self.state_id)


class JobStep(models.Model):
    """What became of the targets from ``position`` on: a record, committed with their writes.

    As an empty one it is a fence: nothing is written at this position any more.
    """

    job = models.CharField(max_length=20)
    position = models.CharField(max_length=10, help_text="Ten digits: texts sort as they are.")
    count = models.IntegerField(db_default=0)
    refused = models.IntegerField(db_default=0)
    digest = models.CharField(max_length=64, default="", db_default="")
    outcome = models.TextField(default="", db_default="", help_text="JSON")
    refusal = models.TextField(
        default="", db_default="", help_text="JSON, of one target that could not be judged."
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "position"], name="one_step")]

    def __str__(self) -> str:
        return f"{self.job} from {self.position}"
