"""The client of Lightning State.

    from lightning_client import AgentState, Lightning

    with Lightning("http://127.0.0.1:8000", key) as lightning:
        lightning.set("agent", "agent-1", AgentState(agent_type="researcher", status="Ready"))
        lightning.update("agent", "agent-1", lambda state: state.properties.update(step=3))

`AsyncLightning` is the same, awaited.
"""

from lightning_client._async.client import AsyncLightning
from lightning_client._async.locking import AsyncLock
from lightning_client._async.presence import AsyncHeartbeat
from lightning_client._async.tasks import AsyncTask
from lightning_client._sync.client import Lightning
from lightning_client._sync.locking import Lock
from lightning_client._sync.presence import Heartbeat
from lightning_client._sync.tasks import Task
from lightning_client.answers import (
    BatchResult,
    Change,
    Confidence,
    Consistency,
    Contradiction,
    Difference,
    Evidence,
    FactsOutcome,
    FactsVerdict,
    FactVerdict,
    LockInfo,
    Page,
    ReasoningVerdict,
    Verdict,
)
from lightning_client.core.cache import LocalCache
from lightning_client.core.calls.tasks import TaskOutcome
from lightning_client.core.circuit import CircuitState
from lightning_client.core.lease import Lease
from lightning_client.core.policy import Policy, Strategy
from lightning_client.errors import (
    BadCursor,
    BadFilter,
    BadHost,
    BadPage,
    BadPrecondition,
    BatchRejected,
    CircuitOpen,
    CursorExpired,
    DatabaseUnavailable,
    Forbidden,
    HeadersTooLarge,
    IdempotencyInFlight,
    IdempotencyMismatch,
    IllegalTransition,
    Invalid,
    LightningError,
    Locked,
    LockLost,
    LockUnavailable,
    Malformed,
    MethodNotAllowed,
    NotFound,
    OperationTimeout,
    Overloaded,
    PreconditionRequired,
    RateLimited,
    RequestTimeout,
    TooLarge,
    Unauthenticated,
    UnexpectedAnswer,
    Unreachable,
    UnsupportedMediaType,
    UriTooLong,
    VerificationRejected,
    VerifierUnavailable,
    VersionConflict,
    VersionNotReached,
)
from lightning_client.states import (
    AgentState,
    AgentStatus,
    AnyState,
    Fact,
    FactStatus,
    Kind,
    ResearchState,
    ResearchStatus,
    State,
    VerificationState,
)
from lightning_client.version import VERSION

__version__ = VERSION
__all__ = [
    "VERSION",
    "AgentState",
    "AgentStatus",
    "AnyState",
    "AsyncHeartbeat",
    "AsyncLightning",
    "AsyncLock",
    "AsyncTask",
    "BadCursor",
    "BadFilter",
    "BadHost",
    "BadPage",
    "BadPrecondition",
    "BatchRejected",
    "BatchResult",
    "Change",
    "CircuitOpen",
    "CircuitState",
    "Confidence",
    "Consistency",
    "Contradiction",
    "CursorExpired",
    "DatabaseUnavailable",
    "Difference",
    "Evidence",
    "Fact",
    "FactStatus",
    "FactVerdict",
    "FactsOutcome",
    "FactsVerdict",
    "Forbidden",
    "HeadersTooLarge",
    "Heartbeat",
    "IdempotencyInFlight",
    "IdempotencyMismatch",
    "IllegalTransition",
    "Invalid",
    "Kind",
    "Lease",
    "Lightning",
    "LightningError",
    "LocalCache",
    "Lock",
    "LockInfo",
    "LockLost",
    "LockUnavailable",
    "Locked",
    "Malformed",
    "MethodNotAllowed",
    "NotFound",
    "OperationTimeout",
    "Overloaded",
    "Page",
    "Policy",
    "PreconditionRequired",
    "RateLimited",
    "ReasoningVerdict",
    "RequestTimeout",
    "ResearchState",
    "ResearchStatus",
    "State",
    "Strategy",
    "Task",
    "TaskOutcome",
    "TooLarge",
    "Unauthenticated",
    "UnexpectedAnswer",
    "Unreachable",
    "UnsupportedMediaType",
    "UriTooLong",
    "Verdict",
    "VerificationRejected",
    "VerificationState",
    "VerifierUnavailable",
    "VersionConflict",
    "VersionNotReached",
    "__version__",
]
