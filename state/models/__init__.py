"""The tables. Only ``state.store`` writes states, facts, the change log and the counts."""

from state.models.access import ApiKey
from state.models.alerts import Alert, AlertDelivery
from state.models.jobs import Job, JobStep, JobTarget
from state.models.locks import Lease, LockWaiter
from state.models.log import ChangeLog, ChangeRecord, IdempotencyRecord, StateCount
from state.models.metrics import MetricMinute
from state.models.presence import AgentHeartbeat, CacheOrder, Worker
from state.models.states import (
    MODELS,
    AgentState,
    Fact,
    ResearchState,
    StateRow,
    VerificationState,
)
from state.models.tasks import Resource, Task

__all__ = [
    "MODELS",
    "AgentHeartbeat",
    "AgentState",
    "Alert",
    "AlertDelivery",
    "ApiKey",
    "CacheOrder",
    "ChangeLog",
    "ChangeRecord",
    "Fact",
    "IdempotencyRecord",
    "Job",
    "JobStep",
    "JobTarget",
    "Lease",
    "LockWaiter",
    "MetricMinute",
    "ResearchState",
    "Resource",
    "StateCount",
    "StateRow",
    "Task",
    "VerificationState",
    "Worker",
]
