"""One agent."""

from collections.abc import Mapping
from typing import Any

from dashboard.parts.properties import present_properties
from dashboard.parts.rows.agents import AgentState
from dashboard.parts.state_page import StatePage
from state.domain.kinds import Kind


class AgentPage(StatePage):
    kind = Kind.AGENT
    section = "agents"
    template_name = "dashboard/pages/agents/detail.html"

    def read_parts(self, state: AgentState, document: bytes) -> Mapping[str, Any]:
        return {
            "metrics": present_properties(state.performance_metrics),
            "properties": present_properties(state.properties),
        }
