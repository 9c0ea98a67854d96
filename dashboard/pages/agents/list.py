"""The list of agents."""

from dashboard.parts.state_list import StateList
from state.domain.kinds import Kind


class AgentList(StateList):
    kind = Kind.AGENT
    watched_kinds = (Kind.AGENT,)
    section = "agents"
    list_title = "Agents"
    empty = ("No agents yet.", "An agent appears as soon as it writes its state.")
    template_name = "dashboard/pages/agents/list.html"
    filters = ("q", "agentType", "updatedSince")
    default_ordering = "id"
