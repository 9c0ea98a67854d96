"""The list of agents."""

from collections.abc import Mapping
from typing import Any

from dashboard.pages.agents.facets import present_types
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
    default_ordering = "id"

    def read_page(self) -> Mapping[str, Any]:
        given = self.given
        types = present_types(
            lambda agent_type: self.link(given, page="", agentType=agent_type),
            given.get("agentType", ""),
        )
        return {**super().read_page(), "types": types}
