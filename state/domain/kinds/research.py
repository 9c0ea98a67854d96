"""What a research is (contract §1, §7); its facts are ``domain.facts``."""

from typing import Annotated, Any, Literal, get_args

from msgspec import Meta, Struct

from state.domain.errors import error
from state.domain.facts import Fact, unproved_facts
from state.domain.kinds.filters import one_of
from state.domain.kinds.kind import (
    Broken,
    Column,
    Document,
    Kind,
    KindSpec,
    Score,
    transitions,
)
from state.domain.times import parse_time

Status = Literal["Pending", "InProgress", "Verifying", "Completed", "Failed"]
STATUSES: tuple[str, ...] = get_args(Status)


class ResearchShape(Struct, rename="camel", kw_only=True):
    query: Annotated[str, Meta(max_length=10_000)]
    status: Status = "Pending"
    extracted_facts: list[dict[str, Any]] = []
    sources: list[str] = []
    current_quality_score: Score = 0
    iteration_count: Annotated[int, Meta(ge=0)] = 0
    started_at: str | None = None
    completed_at: str | None = None
    metadata: dict[str, Any] = {}


_DEFAULT = transitions(
    Pending="InProgress Failed",
    InProgress="Verifying Completed Failed",
    Verifying="InProgress Completed Failed",
    Completed="",
    Failed="",
)
_STRICT = {**_DEFAULT, **transitions(Pending="InProgress", InProgress="Verifying Failed")}


def _invariants(old: Document | None, new: Document, facts: list[Fact], threshold: float) -> Broken:
    broken = []
    if old is not None and new["iterationCount"] < old["iterationCount"]:
        broken.append(
            error("iterationCount", f"never goes down; it was {old['iterationCount']} already")
        )
    completed = new["completedAt"]
    if completed is None and new["status"] == "Completed":
        broken.append(error("completedAt", "a Completed research has one"))
    if completed is not None and parse_time(completed) < parse_time(new["startedAt"]):
        broken.append(error("completedAt", "is before startedAt"))
    return broken + unproved_facts(facts, threshold)


RESEARCH = KindSpec(
    kind=Kind.RESEARCH,
    segment="research",
    shape=ResearchShape,
    statuses=STATUSES,
    transitions={"default": _DEFAULT, "strict": _STRICT},
    invariants=_invariants,
    times_of_writing=("startedAt",),
    time_of_ending="completedAt",
    columns=(Column("status", "text", "status"),),
    filters={"status": one_of("status", STATUSES)},
    counters=frozenset({"iterationCount"}),
    numbers=frozenset({"currentQualityScore"}),
    united=frozenset({"sources"}),
)
