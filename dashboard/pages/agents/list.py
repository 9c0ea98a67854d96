"""The list of agents."""

from collections.abc import Mapping
from typing import Any

from dashboard.pages.agents.facets import MOST_TYPES, present_types, type_counts
from dashboard.parts.state_list import StateList
from state.domain.kinds import Kind


class AgentList(StateList):
    kind = Kind.AGENT
    watched_kinds = (Kind.AGENT,)
    section = "agents"
    list_title = "Agents"
    empty = ("No agents yet.", "An agent appears as soon as it writes its state:")
    example = '{"agentType":"Researcher","status":"Ready"}'
    template_name = "dashboard/pages/agents/list.html"
    filters = ("q", "agentType", "updatedSince")
    facet = "agentType"
    default_ordering = "id"

    def read_page(self) -> Mapping[str, Any]:
        given = self.given
        page = super().read_page()
        then = self.facet_counts
        types = present_types(
            lambda agent_type: self.link(given, page="", agentType=agent_type),
            given.get("agentType", ""),
            type_counts.read() if then is None else then.most_common(MOST_TYPES),
        )
        return {**page, "types": types}
