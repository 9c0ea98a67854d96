"""What calls answer besides states: pages, changes, leases, verdicts, tasks."""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Struct, field

from lightning_client.states import Kind

S = TypeVar("S")

ChangeType = Literal[
    "Created", "Deleted", "Restored", "StatusChanged", "ProgressUpdated", "Updated"
]


class Page(Struct, Generic[S], frozen=True):
    """One page of a list.

    Attributes:
        next: the token of the next page; None at the end.
        cursor: the log's place when the page was read: watch from it and nothing is missed.
    """

    items: list[S]
    next: str | None = None
    cursor: str = ""


class Change(Struct, frozen=True, rename="camel"):
    """One row of the change log: an event of `watch`, or an entry of `history`.

    Attributes:
        at: UTC.
        actor: the API key's name, or the operator's user name.
        old_values: the top-level fields that changed, as they were; JSON names.
        new_values: the same fields as they are now.
    """

    cursor: str
    kind: Kind
    id: str
    version: int
    change_type: ChangeType
    at: datetime
    actor: str
    reason: str
    old_values: dict[str, Any]
    new_values: dict[str, Any]


class Difference(Struct, frozen=True, rename="camel"):
    """The top-level fields in which two versions of a state differ."""

    from_version: int = field(name="from")
    to_version: int = field(name="to")
    old_values: dict[str, Any]
    new_values: dict[str, Any]


class FactsOutcome(Struct, frozen=True, rename="camel"):
    """What appending facts did."""

    version: int
    added: int
    updated: int
    fact_count: int


class BatchResult(Struct, frozen=True, rename="camel"):
    """The outcome of one item of a batch; `error` has the members of a refusal."""

    id: str
    status: int
    version: int | None = None
    error: dict[str, Any] | None = None

    @property
    def succeeded(self) -> bool:
        return self.error is None


class LockInfo(Struct, frozen=True, rename="camel"):
    """A lock as everybody sees it, without its token."""

    lock_id: str
    kind: Kind
    id: str
    owner: str
    fencing_token: int
    acquired_at: datetime
    expires_at: datetime


class Summary(msgspec.Struct, frozen=True):
    """Counts per kind and status, and the log's cursor they belong to."""

    counts: dict[str, Any]
    cursor: str


class Verdict(Struct, frozen=True, rename="camel"):
    """Whether a result holds (contract §7)."""

    task_id: str
    is_valid: bool
    confidence: float
    issues: list[str]
    verified_at: datetime


class ReasoningVerdict(Struct, frozen=True, rename="camel"):
    """Whether a chain of reasoning steps is complete."""

    is_valid: bool
    score: float
    errors: list[str]
    warnings: list[str]
    validated_at: datetime


class Confidence(Struct, frozen=True):
    """How much a content can be trusted, 0–1, and why."""

    score: float
    factors: dict[str, float]
    reasoning: str


class Evidence(Struct, frozen=True):
    """The passage of the source that decided; `start` and `end` count characters."""

    text: str
    start: int
    end: int


class FactVerdict(Struct, frozen=True):
    """What the source says about one fact."""

    fact: str
    verdict: Literal["supported", "refuted", "unknown"]
    confidence: float
    support: float
    evidence: Evidence | None
    reasons: list[str]


class FactsVerdict(Struct, frozen=True, rename="camel"):
    """What the source says about all the facts; only ``supported`` counts as verified."""

    verified_count: int
    total_count: int
    unreliable_facts: list[str]
    verification_score: float
    verdicts: list[FactVerdict]


class Contradiction(Struct, frozen=True):
    """Two statements, by index, that cannot both be true."""

    first: int
    second: int
    reason: str


class Consistency(Struct, frozen=True, rename="camel"):
    """Whether statements agree with each other."""

    is_consistent: bool
    score: float
    contradictions: list[str]
    pairs: list[Contradiction]
