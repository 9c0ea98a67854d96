"""Query parameters and headers that several calls have."""

from typing import Annotated, Literal

from msgspec import Meta

from state.domain.queries import LIMIT_MAX
from state.operations.operation import Parameter
from state.protocol.headers import KEY_LIMIT, REASON_LIMIT


def limit(most: int = LIMIT_MAX, default: int = 100, of: str = "Items") -> Parameter:
    """How many items a page has."""
    shape = Annotated[int, Meta(ge=1, le=most)]
    return Parameter("limit", f"{of} a page; {default} when absent.", shape, may_be_empty=True)


PAGE = Parameter("page", "The page token from `next`.", may_be_empty=True)
FORCE = Parameter(
    "force",
    "`true` lifts the transition rules (operators); the log row says `forced` then.",
    Literal["true", "false"],
)
IF_MATCH = Parameter("If-Match", 'The version you read, as its ETag: `"7"`; `*` for any.')
CREATE_ONLY = Parameter("If-None-Match", "`*`: create only.")
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "A retry under the same key gets the first answer, for at least 24 h.",
    Annotated[str, Meta(min_length=1, max_length=KEY_LIMIT)],
)
LOCK_TOKEN = Parameter("Lock-Token", "The token of the lock you hold on this state.")
NO_CACHE = Parameter("Cache-Control", "`no-cache` reads the database.")
REASON = Parameter(
    "Lightning-Reason",
    "Why; kept in the change log.",
    Annotated[str, Meta(max_length=REASON_LIMIT)],
)
WRITE_HEADERS = (
    Parameter("Prefer", "`return=minimal`: no body in the answer."),
    IDEMPOTENCY_KEY,
    REASON,
    LOCK_TOKEN,
)
