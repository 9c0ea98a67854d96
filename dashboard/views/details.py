"""The pages of one state."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import Http404

from dashboard.present.cells import shorten, time_cell
from dashboard.present.changes import present_event
from dashboard.present.facts import present_facts, source_cell
from dashboard.present.progress import present_progress
from dashboard.present.properties import present_properties
from dashboard.present.rows import (
    AgentState,
    ResearchState,
    VerificationState,
    decode_state,
    present_row,
    row_of,
)
from dashboard.present.steps import present_steps
from dashboard.views.live import LivePage
from state import service
from state.domain.errors import NotFound
from state.domain.kinds import Kind
from state.domain.queries import ListQuery

HISTORY_SIZE = 25
FACTS_SIZE = 50
PROGRESS_EVENTS = 200
CHECKS_SIZE = 10


class StatePage(LivePage):
    """One state and its history, which is still there when the state is deleted."""

    kind: ClassVar[Kind]

    def read_page(self) -> Mapping[str, Any]:
        state_id: str = self.kwargs["state_id"]
        try:
            context = {"kind": self.kind, "state_id": state_id, **self._history(state_id)}
        except NotFound:
            raise Http404(f"There is no {self.kind} {state_id}") from None
        reading = service.read(self.kind, state_id, min_version=self.min_version)
        if reading.body is None:
            return {**context, "is_deleted": True, "status": 410}
        state = decode_state(self.kind, reading.body)
        context |= {
            "state": state,
            "row": row_of(self.kind, state),
            "created": time_cell(state.created_at),
        }
        return {**context, **self.read_parts(state, reading.body)}

    def read_parts(self, state: Any, document: bytes) -> Mapping[str, Any]:
        """What only this kind's page shows."""
        raise NotImplementedError

    def number_parameter(self, name: str) -> int | None:
        """A number in the query string; None when there is none, or something else."""
        given = self.request.GET.get(name, "")
        return int(given) if given.isdecimal() and len(given) < 19 else None

    def _history(self, state_id: str) -> dict[str, Any]:
        before = self.number_parameter("before")
        page = service.history(self.kind, state_id, limit=HISTORY_SIZE, before=before)
        return {
            "history": [present_event(document) for document in page.items],
            "history_next": page.next,
            "history_is_first": before is None,
        }


class AgentPage(StatePage):
    kind = Kind.AGENT
    section = "agents"
    template_name = "dashboard/agent.html"

    def read_parts(self, state: AgentState, document: bytes) -> Mapping[str, Any]:
        return {
            "metrics": present_properties(state.performance_metrics),
            "properties": present_properties(state.properties),
        }


class ResearchPage(StatePage):
    kind = Kind.RESEARCH
    section = "research"
    template_name = "dashboard/research.html"
    watched_kinds = (Kind.VERIFICATION,)

    def read_parts(self, state: ResearchState, document: bytes) -> Mapping[str, Any]:
        facts_before = self.number_parameter("factsBefore")
        facts = present_facts(document, FACTS_SIZE, facts_before)
        events = service.history(self.kind, state.research_id, limit=PROGRESS_EVENTS)
        wanted = {"sourceId": state.research_id, "ordering": "-createdAt"}
        checks = service.list_states(
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


class VerificationPage(StatePage):
    kind = Kind.VERIFICATION
    section = "verifications"
    template_name = "dashboard/verification.html"

    def read_parts(self, state: VerificationState, document: bytes) -> Mapping[str, Any]:
        return {"verified_at": time_cell(state.verified_at)}
