"""What a job has done: one record a step, committed with the writes it tells of.

A step's key is the job and the position of its first target, and the next step begins where the
last one ended. So whoever does a step again, after a crash or beside another worker, finds the
record, writes nothing and goes on behind it. An empty step is a fence: with it a job is over, and
a worker that stood still meanwhile cannot go on with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum

from state.domain.bulk import Target
from state.domain.commands import Outcome
from state.domain.errors import LightningError
from state.domain.jsontext import decode, encode
from state.domain.records import Record, RecordTable, Values
from state.models import JobStep

_STEPS_A_READ = 20

JOB_STEPS = RecordTable(
    "state_jobstep",
    ("job", "position"),
    {"count": "integer", "refused": "integer", "refusal": "text"},
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many targets were taken, and how many of them refused the write."""

    taken: int = 0
    refused: int = 0
    steps: int = 0

    @property
    def done(self) -> int:
        return self.taken - self.refused


def step(job_id: int, position: int) -> Record:
    """The record of a step whose outcomes are those of its submission."""

    def settle(outcomes: Sequence[Outcome], now: datetime) -> Values:
        refused = sum(isinstance(outcome, LightningError) for outcome in outcomes)
        return {"count": len(outcomes), "refused": refused}

    return Record(JOB_STEPS, _key(job_id, position), settle=settle)


def refused_step(job_id: int, position: int, state_id: str, refusal: LightningError) -> Record:
    """The record of one target that could not even be judged."""
    told = encode({"id": state_id, "code": refusal.code, "detail": refusal.detail}).decode()

    def settle(outcomes: Sequence[Outcome], now: datetime) -> Values:
        return {"count": 1, "refused": 1, "refusal": told}

    return Record(JOB_STEPS, _key(job_id, position), settle=settle)


def _key(job_id: int, position: int) -> tuple[str, str]:
    return (str(job_id), _text(position))


def _text(position: int) -> str:
    return f"{position:010d}"


def progress_of(job_ids: Iterable[int]) -> dict[int, Progress]:
    """How far each of these jobs has come."""
    names = [str(one) for one in job_ids]
    rows = (
        JobStep.objects.filter(job__in=names)
        .values_list("job")
        .annotate(Sum("count"), Sum("refused"), Count("id"))
    )
    found = {int(job): Progress(count, refused, steps) for job, count, refused, steps in rows}
    return defaultdict(Progress, found)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one target: the version that was written, or why nothing was."""

    position: int
    state_id: str
    version: int | None = None
    created: bool = False
    refusal: Mapping[str, Any] | None = None

    @property
    def target(self) -> Target:
        """This change as something to take back."""
        return Target(self.state_id, self.version, self.created)


def results_of(job_id: int, after: int = -1, *, only: str = "") -> Iterator[Result]:
    """What became of a job's targets behind a position; ``only`` ``done`` or ``refused`` ones."""
    rows = JobStep.objects.filter(job=str(job_id), count__gt=0)
    if only == "refused":
        rows = rows.filter(refused__gt=0)
    begun = rows.filter(position__lte=_text(max(after, 0))).order_by("-position").first()
    position = begun.position if begun is not None else ""
    while True:
        page = list(rows.filter(position__gte=position).order_by("position")[:_STEPS_A_READ])
        for row in page:
            for one in _results_in(row):
                if one.position > after and only in ("", "refused" if one.refusal else "done"):
                    yield one
        if len(page) < _STEPS_A_READ:
            return
        position = _text(int(page[-1].position) + 1)


def _results_in(row: JobStep) -> Iterator[Result]:
    told = [decode(row.refusal)] if row.refusal else decode(row.outcome)
    for position, one in enumerate(told, int(row.position)):
        if "code" in one:
            refusal = {"code": one["code"], "detail": one["detail"], **one.get("data", {})}
            yield Result(position, one["id"], refusal=refusal)
        else:
            yield Result(position, one["id"], one["version"], one["created"])
