"""Jobs as ``GET /api/v1/jobs`` shows them, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from state.domain.times import format_time
from state.jobs.leases import ENDED, OPEN
from state.jobs.steps import Progress, Result, progress_of
from state.models import Job

STATES = ("open", "ended", "all")


@dataclass(frozen=True, slots=True)
class JobQuery:
    """One request for the list; ``before`` is the id behind which a page begins."""

    state: str = "all"
    limit: int = 100
    before: int | None = None


def list_jobs(query: JobQuery) -> list[dict[str, Any]]:
    """A page of jobs, and one more when there are more."""
    rows = Job.objects.order_by("-id")
    if query.state != "all":
        rows = rows.filter(state__in=OPEN if query.state == "open" else ENDED)
    if query.before is not None:
        rows = rows.filter(id__lt=query.before)
    return as_dicts(list(rows[: query.limit + 1]))


def as_dicts(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Jobs in the API's members."""
    ids = [job.pk for job in jobs]
    progress = progress_of(ids)
    undone_by = dict(
        Job.objects.filter(undo_of__in=ids).order_by("id").values_list("undo_of", "id")
    )
    return [_as_dict(job, progress[job.pk], undone_by.get(job.pk)) for job in jobs]


def _as_dict(job: Job, progress: Progress, undone_by: int | None) -> dict[str, Any]:
    return {
        "id": str(job.pk),
        "name": job.name,
        "kind": job.kind,
        "action": job.action,
        "status": job.status or None,
        "filter": job.filter or None,
        "reason": job.reason,
        "actor": job.actor,
        "state": job.state,
        "problem": job.problem or None,
        "total": job.total,
        "done": progress.done,
        "refused": progress.refused,
        "createdAt": format_time(job.created_at),
        "endedAt": format_time(job.ended_at) if job.ended_at else None,
        "undoOf": str(job.undo_of_id) if job.undo_of_id else None,
        "undoneBy": str(undone_by) if undone_by else None,
    }


def result_as_dict(result: Result) -> dict[str, Any]:
    """What became of one state, in the API's members."""
    return {
        "id": result.state_id,
        "result": "refused" if result.refusal else "done",
        "version": result.version,
        "error": result.refusal,
    }
