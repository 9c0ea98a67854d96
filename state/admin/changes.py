"""The admin's pages of the change log: read only."""

import json
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from state.admin.access import ForAdmins
from state.admin.lists import HOW_FAR, LongList, SinceFilter, choice_filter, shown_time
from state.domain.errors import CursorExpired
from state.domain.jsontext import decode
from state.domain.kinds import Kind, is_id
from state.domain.times import format_time
from state.models import ChangeRecord
from state.service import watching


class LoggedSinceFilter(SinceFilter):
    """Finds a time by its position in the log, which has no index by time."""

    def since(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        try:
            return queryset.filter(seq__gt=watching.position_of(format_time(moment)).seq)
        except CursorExpired:
            return queryset  # everything the log still has is newer


@admin.register(ChangeRecord)
class ChangeRecordAdmin(ForAdmins, LongList):
    """Who changed what, when, and why."""

    ordering = ("-seq",)
    sortable_by = ()
    list_display = ("when", "kind", "state_id", "version", "change_type", "actor", "reason")
    list_display_links = ("when",)
    list_filter = (choice_filter("kind", "kind", tuple(Kind)), LoggedSinceFilter)
    search_fields = ("state_id__exact",)
    search_help_text = f"Search by the whole id of a state. {HOW_FAR}"
    fields = ("kind", "state_id", "version", "change_type", "when", "actor", "reason", "old", "new")
    readonly_fields = fields
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By id under each kind, which is how the log's index begins."""
        state_id = search_term.strip()
        if not state_id:
            return queryset, False
        if not is_id(state_id):
            return queryset.none(), False
        return queryset.filter(kind__in=tuple(Kind), state_id=state_id), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("old_values", "new_values", "document")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="at (UTC)")
    def when(self, change: ChangeRecord) -> str:
        return shown_time(change.at)

    @admin.display(description="old values")
    def old(self, change: ChangeRecord) -> str:
        return _as_text(change.old_values)

    @admin.display(description="new values")
    def new(self, change: ChangeRecord) -> str:
        return _as_text(change.new_values)


def _as_text(values: str) -> str:
    shown = json.dumps(decode(values), indent=2, ensure_ascii=False)
    return format_html('<pre class="json">{}</pre>', shown)
