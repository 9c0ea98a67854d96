"""An agent as a row."""

from typing import Any

from msgspec import field

from dashboard.parts.cells import NONE, Cell, number_cell, plural, status_cell, text_cell
from dashboard.parts.rows.row import Column, StoredState

METRICS_SHOWN = 3

COLUMNS = (
    Column("agentId", "Agent"),
    Column("status", "Status"),
    Column("agentType", "Type"),
    Column("activeTaskIds", "Active tasks"),
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
    performance_metrics: dict[str, float] = field(default_factory=dict)


def agent_cells(state: AgentState) -> dict[str, Cell]:
    tasks = state.active_task_ids
    return {
        "status": status_cell(state.status),
        "agentType": text_cell(state.agent_type, limit=40),
        "activeTaskIds": Cell(
            text=plural(len(tasks), "task") if tasks else NONE, title="\n".join(tasks[:20])
        ),
        "performanceMetrics": metrics_cell(state.performance_metrics),
    }


def metrics_cell(metrics: dict[str, float]) -> Cell:
    shown = [f"{name} {number_cell(value).text}" for name, value in metrics.items()]
    more = f" +{len(shown) - METRICS_SHOWN}" if len(shown) > METRICS_SHOWN else ""
    return Cell(
        text=" · ".join(shown[:METRICS_SHOWN]) + more or NONE,
        title="\n".join(shown) if more else "",
    )
