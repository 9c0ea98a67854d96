"""An agent as a row."""

from typing import Any

from msgspec import UNSET, UnsetType, field

from dashboard.parts.cells import NONE, Cell, status_cell, text_cell, time_cell
from dashboard.parts.numbers import exact, plural, shortened
from dashboard.parts.rows.row import Column, StoredState

METRICS_SHOWN = 3

COLUMNS = (
    Column("agentId", "Agent"),
    Column("status", "Status"),
    Column("agentType", "Type"),
    Column("activeTaskIds", "Active tasks"),
    Column("lastSeen", "Heartbeat"),
    Column("performanceMetrics", "Metrics"),
    Column("lastUpdated", "Changed"),
    Column("version", "Version", numeric=True),
)


class AgentState(StoredState):
    agent_id: str
    agent_type: str
    status: str
    properties: dict[str, Any] = field(default_factory=dict)
    active_task_ids: list[str] = field(default_factory=list)
    performance_metrics: dict[str, int | float] = field(default_factory=dict)
    last_seen: str | UnsetType | None = UNSET
    """Comes with a list; a frame has it apart, since no version of the agent tells of it."""


def agent_cells(state: AgentState) -> dict[str, Cell]:
    tasks = state.active_task_ids
    seen = {} if state.last_seen is UNSET else {"lastSeen": time_cell(state.last_seen)}
    return {
        "status": status_cell(state.status),
        "agentType": text_cell(state.agent_type, limit=40),
        "activeTaskIds": Cell(
            text=plural(len(tasks), "task") if tasks else NONE, title="\n".join(tasks[:20])
        ),
        **seen,
        "performanceMetrics": metrics_cell(state.performance_metrics),
    }


def metrics_cell(metrics: dict[str, int | float]) -> Cell:
    shown = [f"{name} {shortened(value)}" for name, value in metrics.items()]
    full = [f"{name} {exact(value)}" for name, value in metrics.items()]
    more = f" +{len(shown) - METRICS_SHOWN}" if len(shown) > METRICS_SHOWN else ""
    return Cell(
        text=" · ".join(shown[:METRICS_SHOWN]) + more or NONE,
        title="\n".join(full[:20]) if more or full != shown else "",
    )
