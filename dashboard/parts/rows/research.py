"""A research as a row."""

from typing import Any

from msgspec import field

from dashboard.parts.cells import Cell, count_cell, number_cell, score_cell, status_cell, text_cell
from dashboard.parts.rows.row import Column, StoredState

COLUMNS = (
    Column("researchId", "Research"),
    Column("status", "Status"),
    Column("query", "Query"),
    Column("currentQualityScore", "Quality"),
    Column("iterationCount", "Iterations", numeric=True),
    Column("factCount", "Facts", numeric=True),
    Column("lastUpdated", "Changed"),
    Column("version", "Version", numeric=True),
)


class ResearchState(StoredState):
    """A research without its facts: there may be 100,000 of them, and no row shows them."""

    research_id: str
    query: str
    status: str
    fact_count: int = 0
    sources: list[str] = field(default_factory=list)
    current_quality_score: int | float = 0
    iteration_count: int = 0
    started_at: str | None = None
    completed_at: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


def research_cells(state: ResearchState) -> dict[str, Cell]:
    return {
        "status": status_cell(state.status),
        "query": text_cell(state.query, limit=90),
        "currentQualityScore": score_cell(state.current_quality_score),
        "iterationCount": number_cell(state.iteration_count),
        "factCount": count_cell(state.fact_count),
    }
