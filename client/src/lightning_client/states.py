"""The typed states of the three kinds (contract §1)."""

import copy
from datetime import datetime
from typing import Any, Literal, Self

import msgspec

Kind = Literal["agent", "research", "verification"]
AgentStatus = Literal["Initializing", "Ready", "Processing", "Paused", "Completed", "Failed"]
ResearchStatus = Literal["Pending", "InProgress", "Verifying", "Completed", "Failed"]
FactStatus = Literal["Pending", "Verified", "Disputed", "Failed"]


class State(msgspec.Struct, kw_only=True, rename="camel"):
    """What every kind has.

    Attributes:
        version: grows by 1 with every committed change; 0 for a state that was not read.
        created_at: UTC, the server's.
        last_updated: UTC, the server's.
    """

    version: int = 0
    created_at: datetime | None = None
    last_updated: datetime | None = None

    def copy(self) -> Self:
        """A deep copy, safe to change."""
        return copy.deepcopy(self)


class AgentState(State, kw_only=True, rename="camel"):
    """One agent.

    Attributes:
        agent_type: up to 100 characters, such as ``Researcher``.
        properties: any JSON.
        active_task_ids: what it works on.
        performance_metrics: finite numbers by name.
        last_seen: the last heartbeat, UTC; only when it was asked for.
    """

    agent_type: str
    status: AgentStatus
    properties: dict[str, Any] = {}
    active_task_ids: list[str] = []
    performance_metrics: dict[str, int | float] = {}
    agent_id: str = ""
    last_seen: datetime | None = None


class Fact(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """One fact of a research. The server derives `id` from content and source when it is absent.

    Attributes:
        confidence_score: 0–1.
        extracted_at: UTC.
    """

    content: str
    source: str = ""
    confidence_score: float = 0.0
    is_verified: bool = False
    verification_status: FactStatus = "Pending"
    extracted_at: datetime | None = None
    id: str | None = None


class ResearchState(State, kw_only=True, rename="camel"):
    """One research run.

    Attributes:
        query: the question, up to 10,000 characters.
        extracted_facts: None when they were not read, and when a write is to leave them alone;
            ``[]`` removes them. `add_facts` appends at a cost that does not grow.
        current_quality_score: 0–1.
        fact_count: the server's.
    """

    query: str
    status: ResearchStatus = "Pending"
    extracted_facts: list[Fact] | None = None
    sources: list[str] = []
    current_quality_score: float = 0.0
    iteration_count: int = 0
    started_at: datetime | None = None
    completed_at: datetime | None = None
    metadata: dict[str, Any] = {}
    research_id: str = ""
    fact_count: int = 0


class VerificationState(State, kw_only=True, rename="camel"):
    """One verification of a task, a research or a fact.

    Attributes:
        source_id: what was verified.
        confidence_score: 0–1; `is_verified` needs the server's threshold (default 0.75).
        verified_at: UTC; filled by the server when absent.
    """

    source_id: str
    content: str
    confidence_score: float = 0.0
    is_verified: bool = False
    issues: list[str] = []
    verified_at: datetime | None = None
    verified_by: str = ""
    verification_id: str = ""


AnyState = AgentState | ResearchState | VerificationState
