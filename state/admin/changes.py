"""The admin's pages of the change log: read only."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from state import service
from state.admin.access import ForAdmins
from state.admin.lists import HOW_FAR, BoundedPaginator, choice_filter
from state.domain.errors import CursorExpired
from state.domain.jsontext import decode
from state.domain.kinds import Kind
from state.domain.times import format_time
from state.models import ChangeRecord

_PERIODS = {
    "hour": ("the last hour", timedelta(hours=1)),
    "day": ("the last 24 hours", timedelta(days=1)),
    "week": ("the last 7 days", timedelta(days=7)),
}


class SinceFilter(admin.SimpleListFilter):
    """Newer than a time, found by its place in the log: the log has no index by time."""

    title = "when"
    parameter_name = "since"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in _PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        period = _PERIODS.get(self.value() or "")
        if period is None:
            return queryset
        try:
            place = service.place_of(format_time(datetime.now(UTC) - period[1]))
        except CursorExpired:
            return queryset  # everything the log still has is newer
        return queryset.filter(seq__gt=place.seq)


@admin.register(ChangeRecord)
class ChangeRecordAdmin(ForAdmins, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who changed what, when, and why."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-seq",)
    sortable_by = ()
    list_display = ("at", "kind", "state_id", "version", "change_type", "actor", "reason")
    list_display_links = ("at",)
    list_filter = (choice_filter("kind", "kind", tuple(Kind)), SinceFilter)
    search_fields = ("state_id__exact",)
    search_help_text = f"Search by the whole id of a state. {HOW_FAR}"
    fields = ("kind", "state_id", "version", "change_type", "at", "actor", "reason", "old", "new")
    readonly_fields = fields
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("old_values", "new_values", "document")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="old values")
    def old(self, change: ChangeRecord) -> str:
        return _as_text(change.old_values)

    @admin.display(description="new values")
    def new(self, change: ChangeRecord) -> str:
        return _as_text(change.new_values)


def _as_text(values: str) -> str:
    shown = json.dumps(decode(values), indent=2, ensure_ascii=False)
    return format_html('<pre class="json">{}</pre>', shown)
