"""Turns a state's JSON into the row that lists, detail pages and frames show."""

from typing import Any

import msgspec
from django.urls import reverse
from msgspec import Struct, field

from dashboard.present.cells import (
    NONE,
    Cell,
    number_cell,
    plural,
    score_cell,
    status_cell,
    text_cell,
    time_cell,
)
from state.domain.kinds import Kind

METRICS_SHOWN = 3


class Row(Struct, omit_defaults=True, kw_only=True):
    """One state as a list shows it; ``cells`` by the contract's field names, in column order."""

    kind: Kind
    id: str
    version: int = 0
    deleted: bool = False
    cells: dict[str, Cell] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return state_url(self.kind, self.id)


class Column(Struct, frozen=True):
    field: str
    label: str
    numeric: bool = False


class _State(Struct, rename="camel", kw_only=True):
    """The members every kind has; what is not named in a struct is skipped while decoding."""

    version: int
    created_at: str = ""
    last_updated: str = ""


class AgentState(_State):
    agent_id: str
    agent_type: str
    status: str
    properties: dict[str, Any] = field(default_factory=dict)
    active_task_ids: list[str] = field(default_factory=list)
    performance_metrics: dict[str, float] = field(default_factory=dict)


class ResearchState(_State):
    """A research without its facts: there may be 100,000 of them, and no row shows them."""

    research_id: str
    query: str
    status: str
    fact_count: int = 0
    sources: list[str] = field(default_factory=list)
    current_quality_score: float = 0
    iteration_count: int = 0
    started_at: str | None = None
    completed_at: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


class VerificationState(_State):
    verification_id: str
    source_id: str
    content: str
    confidence_score: float = 0
    is_verified: bool = False
    issues: list[str] = field(default_factory=list)
    verified_at: str | None = None
    verified_by: str | None = None


State = AgentState | ResearchState | VerificationState

_DECODERS: dict[Kind, msgspec.json.Decoder[Any]] = {
    Kind.AGENT: msgspec.json.Decoder(AgentState),
    Kind.RESEARCH: msgspec.json.Decoder(ResearchState),
    Kind.VERIFICATION: msgspec.json.Decoder(VerificationState),
}

COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.AGENT: (
        Column("agentId", "Agent"),
        Column("status", "Status"),
        Column("agentType", "Type"),
        Column("activeTaskIds", "Active tasks"),
        Column("performanceMetrics", "Metrics"),
        Column("lastUpdated", "Changed"),
        Column("version", "Version", numeric=True),
    ),
    Kind.RESEARCH: (
        Column("researchId", "Research"),
        Column("status", "Status"),
        Column("query", "Query"),
        Column("currentQualityScore", "Quality"),
        Column("iterationCount", "Iterations", numeric=True),
        Column("factCount", "Facts", numeric=True),
        Column("lastUpdated", "Changed"),
        Column("version", "Version", numeric=True),
    ),
    Kind.VERIFICATION: (
        Column("verificationId", "Verification"),
        Column("isVerified", "Outcome"),
        Column("content", "Content"),
        Column("confidenceScore", "Confidence"),
        Column("issues", "Issues"),
        Column("sourceId", "Source"),
        Column("lastUpdated", "Changed"),
        Column("version", "Version", numeric=True),
    ),
}


def state_url(kind: Kind, state_id: str) -> str:
    return reverse(f"dashboard:{kind.value}", args=[state_id])


def decode_state(kind: Kind, document: bytes) -> State:
    state: State = _DECODERS[kind].decode(document)
    return state


def present_row(kind: Kind, document: bytes) -> Row:
    return row_of(kind, decode_state(kind, document))


def row_of(kind: Kind, state: State) -> Row:
    if isinstance(state, AgentState):
        state_id, cells = state.agent_id, _agent_cells(state)
    elif isinstance(state, ResearchState):
        state_id, cells = state.research_id, _research_cells(state)
    else:
        state_id, cells = state.verification_id, _verification_cells(state)
    named = {kind.id_field: Cell(text=state_id, href=state_url(kind, state_id))}
    changed = {
        "lastUpdated": time_cell(state.last_updated),
        "version": Cell(text=str(state.version)),
    }
    return Row(kind=kind, id=state_id, version=state.version, cells=named | cells | changed)


def _agent_cells(state: AgentState) -> dict[str, Cell]:
    tasks = state.active_task_ids
    return {
        "status": status_cell(state.status),
        "agentType": text_cell(state.agent_type, limit=40),
        "activeTaskIds": Cell(
            text=plural(len(tasks), "task") if tasks else NONE, title="\n".join(tasks[:20])
        ),
        "performanceMetrics": metrics_cell(state.performance_metrics),
    }


def _research_cells(state: ResearchState) -> dict[str, Cell]:
    return {
        "status": status_cell(state.status),
        "query": text_cell(state.query, limit=90),
        "currentQualityScore": score_cell(state.current_quality_score),
        "iterationCount": number_cell(state.iteration_count),
        "factCount": number_cell(state.fact_count),
    }


def _verification_cells(state: VerificationState) -> dict[str, Cell]:
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


def metrics_cell(metrics: dict[str, float]) -> Cell:
    shown = [f"{name} {number_cell(value).text}" for name, value in metrics.items()]
    more = f" +{len(shown) - METRICS_SHOWN}" if len(shown) > METRICS_SHOWN else ""
    return Cell(
        text=" · ".join(shown[:METRICS_SHOWN]) + more or NONE,
        title="\n".join(shown) if more else "",
    )
