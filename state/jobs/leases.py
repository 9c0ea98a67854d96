"""Which worker is at a job: it renews its lease with every step, and another takes over an old one.

Nothing is written twice when two believe to have it: the steps see to that.
"""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from state.models import Job
from state.presence import workers

LEASE = timedelta(seconds=5)
OPEN = (Job.State.RUNNING, Job.State.CANCELLING)
ENDED = (Job.State.DONE, Job.State.CANCELLED, Job.State.STOPPED)

IS_ANY_OPEN = "(select exists (select 1 from state_job where state in ('running', 'cancelling')))"
"""A scalar subquery: whether there is anything to do."""


def claim() -> Job | None:
    """The oldest open job that no other worker is at; it is this worker's for ``LEASE``."""
    free = _open().filter(
        Q(lease_holder=workers.me.id) | Q(lease_until=None) | Q(lease_until__lt=Now())
    )
    for job in free.order_by("id"):
        if free.filter(id=job.id).update(lease_holder=workers.me.id, lease_until=Now() + LEASE):
            return job
    return None


def release(job: Job) -> None:
    """Another worker need not wait for the lease to end."""
    Job.objects.filter(id=job.id, lease_holder=workers.me.id).update(lease_until=None)


def end(job: Job, state: Job.State, problem: str = "") -> None:
    """The job is over."""
    _open().filter(id=job.id).update(
        state=state, problem=problem, ended_at=Now(), lease_holder="", lease_until=None
    )


def ask_to_cancel(job_id: int) -> None:
    """Whoever is at the job ends it after the step under way."""
    Job.objects.filter(id=job_id, state=Job.State.RUNNING).update(state=Job.State.CANCELLING)


def _open() -> QuerySet[Job]:
    return Job.objects.filter(state__in=OPEN)
