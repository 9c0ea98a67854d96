"""Jobs as operations ask for them: tried out, begun, taken back, cancelled, looked at."""

from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from state.domain.bulk import NOUNS, UNDO, Target
from state.domain.commands import IdempotencyKey
from state.domain.errors import IdempotencyMismatch, Invalid, NotFound
from state.domain.kinds import Kind
from state.domain.queries import whole_number
from state.jobs import leases, listing, targets
from state.jobs.listing import JobQuery
from state.jobs.order import Order
from state.jobs.steps import results_of
from state.models import Job
from state.service.composition import parts

Shown = dict[str, Any]


def try_out(order: Order) -> int:
    """How many states the order would be for now."""
    return targets.count_targets(order)


def begin(order: Order, key: IdempotencyKey | None) -> tuple[Shown, bool]:
    """A new job; or the one that this key began before, and True.

    Raises Invalid when there is nothing to do, or too much; IdempotencyMismatch.
    """
    earlier = _begun_under(key)
    if earlier is None:
        try:
            return _started(_begin(order, key)), False
        except IntegrityError:  # the same key at the same time
            earlier = _begun_under(key)
            if earlier is None:
                raise
    return _show(earlier), True


def _begun_under(key: IdempotencyKey | None) -> Job | None:
    if key is None:
        return None
    job = Job.objects.filter(caller=key.caller, key=key.key).first()
    if job is not None and job.digest != key.digest:
        raise IdempotencyMismatch()
    return job


def _begin(order: Order, key: IdempotencyKey | None) -> Job:
    bulk = order.bulk
    with transaction.atomic():
        job = Job.objects.create(
            kind=bulk.kind,
            action=bulk.action,
            status=bulk.status,
            name=order.name,
            filter=order.filter,
            reason=bulk.reason,
            actor=bulk.actor,
            total=0,
            created_at=Now(),
            **({"caller": key.caller, "key": key.key, "digest": key.digest} if key else {}),
        )
        if order.query is not None:
            count = targets.note_matching_targets(job.pk, order.query)
        else:
            count = targets.note_targets(job.pk, map(Target, dict.fromkeys(order.ids)))
        if not count:
            raise Invalid("No state matches: there is nothing to do.")
        job.total, job.name = count, order.name or bulk.title(count)
        job.save(update_fields=["total", "name"])
    return job


def undo(job_id: str, actor: str, reason: str) -> tuple[Shown, bool]:
    """A job that takes back what another one did, and False; or the one that does so, and True.

    Only what was not taken back yet is taken. Raises NotFound; Invalid while the job runs, or when
    nothing is left to take back.
    """
    with transaction.atomic():
        job = _find(job_id, lock=True)
        if job.state not in leases.ENDED:
            raise Invalid("The job is not over yet: cancel it first.")
        running = job.undos.filter(state__in=leases.OPEN).first()
        if running is not None:
            return _show(running), True
        restored = {
            one.state_id
            for earlier in job.undos.all()
            for one in results_of(earlier.pk, only="done")
        }
        left = [
            one.target for one in results_of(job.pk, only="done") if one.state_id not in restored
        ]
        if not left:
            raise Invalid("Nothing is left to take back.")
        noun = NOUNS[Kind(job.kind)][len(left) != 1]
        undoing = Job.objects.create(
            kind=job.kind,
            action=UNDO,
            name=f"Undo job {job.pk} for {len(left):,} {noun}",
            reason=reason,
            actor=actor,
            total=len(left),
            undo_of=job,
            created_at=Now(),
        )
        targets.note_targets(undoing.pk, left)
    return _started(undoing), False


def cancel(job_id: str) -> Shown:
    """The job, which ends after the step under way; one that is over stays as it is."""
    job = _find(job_id)
    leases.ask_to_cancel(job.pk)
    parts().job_runner.wake()
    return show(job_id)


def show(job_id: str) -> Shown:
    """One job; raises NotFound."""
    return _show(_find(job_id))


def list_jobs(query: JobQuery) -> list[Shown]:
    """A page of jobs, and one more when there are more."""
    return listing.list_jobs(query)


def list_results(job_id: str, after: int, limit: int, only: str) -> list[tuple[int, Shown]]:
    """What became of a job's states behind a position, each with its own, and one more."""
    job = _find(job_id)
    found = islice(results_of(job.pk, after, only=only), limit + 1)
    return [(one.position, listing.result_as_dict(one)) for one in found]


def _find(job_id: str, *, lock: bool = False) -> Job:
    number = whole_number(job_id)
    rows = Job.objects.select_for_update() if lock else Job.objects
    job = rows.filter(id=number).first() if number is not None else None
    if job is None:
        raise NotFound()
    return job


def _started(job: Job) -> Shown:
    """As it is at its beginning."""
    job.refresh_from_db()
    shown = _show(job)
    parts().job_runner.wake()
    return shown


def _show(job: Job) -> Shown:
    return listing.as_dicts([job])[0]
