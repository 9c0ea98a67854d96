"""The admin's pages of the three kinds of state."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from state.admin.access import ForAdmins
from state.admin.bulk_delete import delete_states
from state.admin.edit import EditPages
from state.admin.forms import state_form
from state.admin.lists import HOW_FAR, LongList, SinceFilter, choice_filter, shown_time
from state.admin.removal import DeletePage
from state.domain.kinds import Kind, is_id
from state.models import AgentState, ResearchState, StateRow, VerificationState


class StateAdmin(ForAdmins, EditPages, DeletePage, LongList):
    """One kind of state: live rows, changed through the service alone."""

    ordering = ("-updated_at", "-id")
    sortable_by = ("id", "updated")
    search_fields = ["id__startswith"]
    search_help_text = f"Search by the beginning of the id. {HOW_FAR}"
    actions = [delete_states]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the beginning of the id, as a range of the index: SQLite's LIKE would scan."""
        start = search_term.strip()
        if not start:
            return queryset, False
        if not is_id(start):
            return queryset.none(), False
        return queryset.filter(self.found_by(start)), False

    def found_by(self, start: str) -> Q:
        """The condition for what was searched; ids are of ASCII, and sort by byte."""
        return Q(id__gte=start, id__lt=start + "\x7f")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(live=True).defer("document")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # deletes rows behind the service's back
        return actions

    @admin.display(description="updated (UTC)", ordering="updated_at")
    def updated(self, row: StateRow) -> str:
        return shown_time(row.updated_at)

    @admin.display(description="status")
    def toned_status(self, row: AgentState | ResearchState) -> str:
        markup = '<span class="state" data-tone="{}">{}</span>'
        return format_html(markup, row.status.lower(), row.status)


@admin.register(AgentState)
class AgentAdmin(StateAdmin):
    state_form = state_form(Kind.AGENT)
    list_display = ("id", "toned_status", "agent_type", "version", "updated")
    list_filter = (choice_filter("status", "status", Kind.AGENT.statuses), SinceFilter)


@admin.register(ResearchState)
class ResearchAdmin(StateAdmin):
    state_form = state_form(Kind.RESEARCH)
    list_display = ("id", "toned_status", "fact_count", "version", "updated")
    list_filter = (choice_filter("status", "status", Kind.RESEARCH.statuses), SinceFilter)


@admin.register(VerificationState)
class VerificationAdmin(StateAdmin):
    state_form = state_form(Kind.VERIFICATION)
    list_display = (
        "id",
        "source_id",
        "is_verified",
        "confidence_score",
        "version",
        "updated",
    )
    list_filter = ("is_verified", SinceFilter)
    search_fields = ["id__startswith", "source_id__exact"]
    search_help_text = f"Search by the beginning of the id, or by the whole source id. {HOW_FAR}"

    def found_by(self, start: str) -> Q:
        return super().found_by(start) | Q(source_id=start)
