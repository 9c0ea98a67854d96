"""The shapes of answers and bodies that are no kind's own."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from state.domain.kinds import Id
from state.domain.kinds.kind import Score
from state.protocol.batches import ITEMS_MAX
from state.protocol.problems import STATUS_BY_CODE

Time = Annotated[str, Meta(description="RFC 3339, UTC.", extra_json_schema={"format": "date-time"})]
Version = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0)]
Rate = Annotated[float, Meta(ge=0, le=1)]
KindName = Literal["agent", "research", "verification"]
Cursor = Annotated[str, Meta(description="A position in the change log.")]
Json = dict[str, Any]
PageToken = Annotated[str | None, Meta(description="The `page` of the next page.")]


class FieldError(Struct):
    field: str
    message: str


class Problem(Struct, rename="camel", kw_only=True):
    """Every refusal (RFC 9457); the members below `requestId` where they apply."""

    type: str
    title: str
    status: int
    detail: str
    code: Literal[tuple(STATUS_BY_CODE)]  # type: ignore[valid-type]
    request_id: str
    trace_id: str | UnsetType = UNSET
    current_version: Count | UnsetType = UNSET
    errors: list[FieldError] | UnsetType = UNSET
    confidence: Score | UnsetType = UNSET
    issues: list[str] | UnsetType = UNSET
    oldest: Cursor | UnsetType = UNSET
    owner: str | UnsetType = UNSET
    expires_at: Time | UnsetType = UNSET
    results: list["BatchResult"] | UnsetType = UNSET
    succeeded: Count | UnsetType = UNSET
    failed: Count | UnsetType = UNSET


class Fact(Struct, rename="camel", kw_only=True):
    id: Id
    content: str
    source: str
    confidence_score: Score
    is_verified: bool
    extracted_at: Time
    verification_status: Literal["Pending", "Verified", "Disputed", "Failed"]


class FactsPage(Struct, kw_only=True):
    items: list[Fact]
    next: PageToken


class FactsAdded(Struct, rename="camel", kw_only=True):
    version: Version
    added: Count
    updated: Count
    fact_count: Count


class Change(Struct, rename="camel", kw_only=True):
    """One row of the log: the top-level fields that changed, before and after."""

    cursor: Cursor
    kind: KindName
    id: Id
    version: Version
    change_type: Literal[
        "Created", "Deleted", "Restored", "StatusChanged", "ProgressUpdated", "Updated"
    ]
    at: Time
    actor: str
    reason: str
    forced: (
        Annotated[bool, Meta(description="Only when true: an operator lifted the transitions.")]
        | UnsetType
    ) = UNSET
    old_values: Json
    new_values: Json


class HistoryPage(Struct, kw_only=True):
    items: list[Change]
    next: Annotated[Version | None, Meta(description="The `before` of the next page.")]


class EventPage(Struct, kw_only=True):
    events: list[Change]
    cursor: Cursor


class Difference(Struct, rename="camel", kw_only=True):
    from_: Version = msgspec.field(name="from")
    to: Version
    old_values: Json
    new_values: Json


class Ids(Struct, forbid_unknown_fields=True):
    ids: Annotated[list[Id], Meta(max_length=ITEMS_MAX)]


class BatchResult(Struct, kw_only=True):
    id: str
    status: int
    version: Version | UnsetType = UNSET
    error: Json | UnsetType = UNSET


class BatchOutcome(Struct, kw_only=True):
    results: list[BatchResult]
    succeeded: Count
    failed: Count


class CountsOfKind(Struct, rename="camel", kw_only=True):
    total: Count
    by_status: dict[str, Count]


class Summary(Struct, kw_only=True):
    agents: CountsOfKind
    research: CountsOfKind
    verifications: CountsOfKind
    cursor: Cursor


class Lock(Struct, rename="camel", kw_only=True):
    lock_id: str
    kind: KindName
    id: Id
    owner: str
    token: Annotated[str, Meta(description="Shown once, to its holder.")] | UnsetType = UNSET
    fencing_token: Count
    acquired_at: Time
    expires_at: Time


class LockPage(Struct, kw_only=True):
    items: list[Lock]
    next: PageToken
