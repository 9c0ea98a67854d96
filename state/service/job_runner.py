"""Does the jobs: a worker claims one, and takes it step by step through the batches of writes."""

import logging
from collections.abc import Sequence

from django.conf import settings
from django.db import OperationalError, connection

from state.changelog.tail import Tail
from state.domain.bulk import Bulk, Target
from state.domain.commands import Submission
from state.domain.errors import RETRYABLE, LightningError
from state.domain.kinds import Kind
from state.domain.records import Record
from state.jobs import leases
from state.jobs.steps import progress_of, refused_step, step
from state.jobs.targets import read_targets
from state.models import Job
from state.runtime.background import BackgroundThread, Tolerance
from state.service.writing import submit

logger = logging.getLogger(__name__)

STEP_TARGETS = 100
"""States a step: their rows are kept from other writers until it is committed."""
_IDLE_SECONDS = 3600.0
_TROUBLE = (*RETRYABLE, OperationalError)


class JobRunner:
    """Sleeps until the tail, which looks anyway, sees that there is an open job."""

    def __init__(self, tail: Tail) -> None:
        self._step_targets = STEP_TARGETS
        self._loop = BackgroundThread("jobs", self._round, tolerance=Tolerance(expected=_TROUBLE))
        tail.every_round(leases.IS_ANY_OPEN, self._told)

    def start(self) -> None:
        """Starts; does nothing when it runs already."""
        self._loop.start()

    def stop(self) -> None:
        """Ends the thread; the step under way is finished, another worker goes on."""
        self._loop.stop()

    def wake(self) -> None:
        """There may be something to do."""
        self._loop.wake()

    def _told(self, is_any_open: bool) -> None:
        if is_any_open:
            self.wake()

    def _round(self) -> float:
        job = leases.claim()
        if job is None:
            connection.close()
            return _IDLE_SECONDS
        try:
            self._take_step(job)
        except _TROUBLE:
            raise
        except Exception:
            logger.exception("The job %s has stopped.", job.pk)
            leases.end(job, Job.State.STOPPED, "Something went wrong here; the log has it.")
        if self._loop.is_stopping:
            leases.release(job)
        return 0.0

    def _take_step(self, job: Job) -> None:
        """One step, or the job's end.

        Where a step is found done, somebody else was there: the next round goes on behind it.
        """
        progress = progress_of([job.pk])[job.pk]
        if progress.taken >= job.total:
            leases.end(job, Job.State.DONE)
        elif job.state == Job.State.CANCELLING:
            receipt = submit([Submission([], records=[step(job.pk, progress.taken)])])[0]
            if not receipt.replayed:
                leases.end(job, Job.State.CANCELLED)
        else:
            targets = read_targets(job.pk, progress.taken, self._step_targets)
            self._write(job, progress.taken, targets)

    def _write(self, job: Job, position: int, targets: Sequence[Target]) -> None:
        """Has a step written; one that is refused as a whole is tried with half of its states."""
        refusal = _try(job, targets, step(job.pk, position))
        if refusal is None:
            self._step_targets = min(STEP_TARGETS, self._step_targets * 2)
        elif len(targets) > 1:
            self._step_targets = len(targets) // 2
        else:
            told = refused_step(job.pk, position, targets[0].state_id, refusal)
            submit([Submission([], records=[told])])


def _try(job: Job, targets: Sequence[Target], record: Record) -> LightningError | None:
    """Submits the writes of one step; returns why it was refused as a whole."""
    reason = job.reason or f"Job {job.pk}: {job.name}"
    bulk = Bulk(Kind(job.kind), job.action, job.status, job.actor, reason[:500])
    threshold = settings.LIGHTNING_VERIFIED_THRESHOLD
    commands = [bulk.command(target, threshold) for target in targets]
    try:
        [receipt] = submit([Submission(commands, answers_each=True, records=[record])])
    except _TROUBLE:
        raise
    except Exception:
        logger.exception("A step of the job %s failed.", job.pk)
        return LightningError()
    return receipt.refusal
