"""What an agent is (contract §1, §7)."""

from typing import Annotated, Any, Literal, get_args

from msgspec import Meta, Struct

from state.domain.kinds.filters import equal_text, one_of
from state.domain.kinds.kind import Column, Kind, KindSpec, transitions

Status = Literal["Initializing", "Ready", "Processing", "Paused", "Completed", "Failed"]
STATUSES: tuple[str, ...] = get_args(Status)


class AgentShape(Struct, rename="camel", kw_only=True):
    agent_type: Annotated[str, Meta(max_length=100)]
    status: Status
    properties: dict[str, Any] = {}
    active_task_ids: list[str] = []
    performance_metrics: dict[str, int | float] = {}


_TRANSITIONS = transitions(
    Initializing="Ready Failed",
    Ready="Processing Paused Completed Failed",
    Processing="Ready Paused Completed Failed",
    Paused="Ready Processing Completed Failed",
    Completed="Ready Initializing",
    Failed="Initializing Ready",
)

AGENT = KindSpec(
    kind=Kind.AGENT,
    segment="agents",
    shape=AgentShape,
    statuses=STATUSES,
    transitions={"default": _TRANSITIONS, "strict": _TRANSITIONS},
    columns=(Column("status", "text", "status"), Column("agent_type", "text", "agentType")),
    filters={"status": one_of("status", STATUSES), "agentType": equal_text("agent_type")},
    numbers=frozenset({"performanceMetrics"}),
)
