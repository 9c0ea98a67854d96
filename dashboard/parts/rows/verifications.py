"""A verification as a row."""

from msgspec import field

from dashboard.parts.cells import NONE, Cell, score_cell, status_cell, text_cell
from dashboard.parts.numbers import plural
from dashboard.parts.rows.row import Column, StoredState

COLUMNS = (
    Column("verificationId", "Verification"),
    Column("isVerified", "Outcome"),
    Column("content", "Content"),
    Column("confidenceScore", "Confidence"),
    Column("issues", "Issues"),
    Column("sourceId", "Source"),
    Column("lastUpdated", "Changed"),
    Column("version", "Version", numeric=True),
)


class VerificationState(StoredState):
    verification_id: str
    source_id: str
    content: str
    confidence_score: int | float = 0
    is_verified: bool = False
    issues: list[str] = field(default_factory=list)
    verified_at: str | None = None
    verified_by: str | None = None


def verification_cells(state: VerificationState) -> dict[str, Cell]:
    return {
        "isVerified": status_cell("Verified" if state.is_verified else "Unverified"),
        "content": text_cell(state.content, limit=90),
        "confidenceScore": score_cell(state.confidence_score),
        "issues": Cell(
            text=plural(len(state.issues), "issue") if state.issues else NONE,
            title="\n".join(state.issues[:20]),
        ),
        "sourceId": Cell(text=state.source_id, mono=True),
    }
