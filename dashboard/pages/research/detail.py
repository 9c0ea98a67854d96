"""One run of research."""

from collections.abc import Mapping
from typing import Any

from dashboard.pages.research.facts import present_facts, source_cell
from dashboard.pages.research.progress import present_progress
from dashboard.pages.research.steps import present_steps
from dashboard.parts.cells import shorten, time_cell
from dashboard.parts.properties import present_properties
from dashboard.parts.rows import present_row
from dashboard.parts.rows.research import ResearchState
from dashboard.parts.state_page import StatePage
from state.domain.kinds import Kind
from state.domain.queries import ListQuery
from state.service import reading, watching

FACTS_SIZE = 50
PROGRESS_EVENTS = 200
CHECKS_SIZE = 10


class ResearchPage(StatePage):
    kind = Kind.RESEARCH
    section = "research"
    template_name = "dashboard/pages/research/detail.html"
    watched_kinds = (Kind.VERIFICATION,)

    def read_parts(self, state: ResearchState, document: bytes) -> Mapping[str, Any]:
        facts_before = self.number_parameter("factsBefore")
        facts = present_facts(document, FACTS_SIZE, facts_before)
        events = watching.history(self.kind, state.research_id, limit=PROGRESS_EVENTS)
        wanted = {"sourceId": state.research_id, "ordering": "-createdAt"}
        checks = reading.list_states(
            ListQuery.parse(Kind.VERIFICATION, {**wanted, "limit": str(CHECKS_SIZE)})
        )
        return {
            "title": shorten(state.query, 200),
            "steps": present_steps(state.status),
            "points": present_progress(events.items),
            "facts": facts.rows,
            "facts_next": facts.next,
            "facts_is_first": facts_before is None,
            "started": time_cell(state.started_at),
            "completed": time_cell(state.completed_at),
            "sources": [source_cell(source) for source in state.sources],
            "metadata": present_properties(state.metadata),
            "checks": [present_row(Kind.VERIFICATION, document) for document in checks.items],
            "more_checks": bool(checks.next),
        }
