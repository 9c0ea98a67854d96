"""The list of research."""

from dashboard.parts.state_list import StateList
from state.domain.kinds import Kind


class ResearchList(StateList):
    kind = Kind.RESEARCH
    watched_kinds = (Kind.RESEARCH,)
    section = "research"
    list_title = "Research"
    empty = ("No research yet.", "A run appears as soon as its first state is written:")
    example = '{"query":"What is a lease?"}'
    template_name = "dashboard/pages/research/list.html"
    filters = ("q", "updatedSince")
    default_ordering = "-createdAt"
