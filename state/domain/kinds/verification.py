"""What a verification is (contract §1, §7)."""

from msgspec import Struct

from state.domain.facts import Fact, unproved
from state.domain.ids import Id
from state.domain.kinds.filters import at_least, equal_text, is_true
from state.domain.kinds.kind import Broken, Column, Document, Kind, KindSpec, Score

OUTCOMES = ("Verified", "Unverified")
"""A verification has no status; counts group it by its outcome."""


class VerificationShape(Struct, rename="camel", kw_only=True):
    source_id: Id
    content: str
    confidence_score: Score = 0
    is_verified: bool = False
    issues: list[str] = []
    verified_at: str | None = None
    verified_by: str = ""


def _invariants(old: Document | None, new: Document, facts: list[Fact], threshold: float) -> Broken:
    return unproved(new, "", threshold)


VERIFICATION = KindSpec(
    kind=Kind.VERIFICATION,
    segment="verifications",
    shape=VerificationShape,
    statuses=OUTCOMES,
    group=lambda document: OUTCOMES[0] if document["isVerified"] else OUTCOMES[1],
    invariants=_invariants,
    times_of_writing=("verifiedAt",),
    columns=(
        Column("source_id", "text", "sourceId"),
        Column("is_verified", "boolean", "isVerified"),
        Column("confidence_score", "double precision", "confidenceScore"),
        Column("verified_at", "timestamptz", "verifiedAt"),
    ),
    filters={
        "sourceId": equal_text("source_id"),
        "verified": is_true("is_verified"),
        "minConfidence": at_least("confidence_score"),
    },
    numbers=frozenset({"confidenceScore"}),
)
