"""One verification."""

from collections.abc import Mapping
from typing import Any

from dashboard.pages.verifications.evidence import read_evidence
from dashboard.pages.verifications.queue import present_decision
from dashboard.parts.cells import time_cell
from dashboard.parts.jsonview import pretty_text
from dashboard.parts.rows.row import state_url
from dashboard.parts.rows.verifications import VerificationState
from dashboard.parts.state_page import StatePage
from state.domain.kinds import Kind, is_id
from state.store.newest_facts import fetch_bare_research


class VerificationPage(StatePage):
    kind = Kind.VERIFICATION
    section = "verifications"
    template_name = "dashboard/pages/verifications/detail.html"

    def read_parts(self, state: VerificationState, document: bytes) -> Mapping[str, Any]:
        source_url = self._source_url(state.source_id)
        return {
            "verified_at": time_cell(state.verified_at),
            "decision": present_decision(state, self.principal.name),
            "source_url": source_url,
            "evidence": read_evidence(state.content, state.source_id) if source_url else None,
            "raw": pretty_text(document),
        }

    def _source_url(self, source_id: str) -> str:
        """Of the research that was checked; the source may be a task or a fact as well."""
        is_research = is_id(source_id) and fetch_bare_research(source_id) is not None
        return state_url(Kind.RESEARCH, source_id) if is_research else ""
