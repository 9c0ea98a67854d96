"""One run of research."""

from collections.abc import Mapping
from typing import Any

from dashboard.pages.research.comparison import PROGRESS_EVENTS, compare
from dashboard.pages.research.facts import read_facts
from dashboard.pages.research.progress import present_progress
from dashboard.pages.research.sources import present_sources
from dashboard.pages.research.steps import present_steps
from dashboard.parts.cells import shorten, time_cell
from dashboard.parts.jsonview import pretty_text
from dashboard.parts.properties import present_properties
from dashboard.parts.rows import present_row
from dashboard.parts.rows.research import ResearchState
from dashboard.parts.rows.row import Row
from dashboard.parts.state_page import StatePage
from state.domain.errors import VersionNotReached
from state.domain.kinds import Kind
from state.domain.queries import ListQuery
from state.service import reading, watching
from state.store.newest_facts import fetch_bare_research

FACTS_SIZE = 50
CHECKS_SIZE = 10
AGENTS_SIZE = 8


class ResearchPage(StatePage):
    """Besides what every state's page takes: ``factsBefore`` pages the facts, ``compare`` names
    another run.
    """

    kind = Kind.RESEARCH
    section = "research"
    template_name = "dashboard/pages/research/detail.html"
    watched_kinds = (Kind.VERIFICATION,)

    def read_document(self, state_id: str) -> tuple[bytes | None, int]:
        """Without the facts: of 100,000 only a page is read."""
        found = fetch_bare_research(state_id)
        if found is None:
            return None, 0
        if found.version < self.min_version:
            raise VersionNotReached(current_version=found.version)
        return found.document, found.version

    def read_parts(self, state: ResearchState, document: bytes) -> Mapping[str, Any]:
        facts_before = self.number_parameter("factsBefore")
        facts = read_facts(state.research_id, FACTS_SIZE, facts_before)
        events = watching.history(self.kind, state.research_id, limit=PROGRESS_EVENTS)
        wanted = {"sourceId": state.research_id, "ordering": "-createdAt"}
        checks, more_checks = self._list(Kind.VERIFICATION, wanted, CHECKS_SIZE)
        agents, more_agents = self._list(Kind.AGENT, {"q": state.research_id}, AGENTS_SIZE)
        other_id = self.request.GET.get("compare", "").strip()
        return {
            "title": shorten(state.query, 200),
            "steps": present_steps(state.status),
            "points": present_progress(events.items),
            "facts": facts.rows,
            "facts_next": facts.next,
            "facts_is_first": facts_before is None,
            "started": time_cell(state.started_at),
            "completed": time_cell(state.completed_at),
            "sources": present_sources(state.sources, facts.rows),
            "metadata": present_properties(state.metadata),
            "checks": checks,
            "more_checks": more_checks,
            "agents": agents,
            "more_agents": more_agents,
            "comparison": compare(state, other_id) if other_id else None,
            "raw": pretty_text(document),
            "may_fail": self.may_become("Failed", state.status),
        }

    def _list(self, kind: Kind, wanted: dict[str, str], limit: int) -> tuple[list[Row], bool]:
        page = reading.list_states(ListQuery.parse(kind, {**wanted, "limit": str(limit)}))
        return [present_row(kind, document) for document in page.items], bool(page.next)
