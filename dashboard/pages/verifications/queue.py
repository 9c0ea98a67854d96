"""The verifications that wait for somebody's decision."""

from msgspec import Struct

from dashboard.parts.decisions import REJECTED, acceptance, rejection
from dashboard.parts.rows import decode_state, row_of
from dashboard.parts.rows.row import Row
from dashboard.parts.rows.verifications import VerificationState
from state.domain.kinds import Kind
from state.store.undecided import undecided_verifications

QUEUE_SIZE = 5
ISSUES_SHOWN = 3


class Decision(Struct, kw_only=True):
    """A verification with the bodies of the two calls that decide it."""

    row: Row
    issues: list[str]
    accept: str
    reject: str


def read_queue(person: str, limit: int = QUEUE_SIZE) -> list[Decision]:
    """The least certain ones first."""
    documents = undecided_verifications(limit, REJECTED)
    states = [decode_state(Kind.VERIFICATION, document) for document in documents]
    return [
        present_decision(state, person) for state in states if isinstance(state, VerificationState)
    ]


def present_decision(state: VerificationState, person: str) -> Decision:
    return Decision(
        row=row_of(Kind.VERIFICATION, state),
        issues=state.issues[:ISSUES_SHOWN],
        accept=acceptance(state.confidence_score, person),
        reject=rejection(state.issues, person),
    )
