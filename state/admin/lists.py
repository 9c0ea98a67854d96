"""Lists of tables with millions of rows: bounded counts, filters without a scan."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

PERIODS = {
    "hour": ("the last hour", timedelta(hours=1)),
    "day": ("the last 24 hours", timedelta(days=1)),
    "week": ("the last 7 days", timedelta(days=7)),
}
COUNTED_ROWS = 10_000
HOW_FAR = f"Only the first {COUNTED_ROWS:,} rows are listed; search and filters find the others."


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than ``COUNTED_ROWS``: an exact count would read the whole table."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        assert isinstance(rows, QuerySet)
        return rows.order_by()[:COUNTED_ROWS].count()


class ChoiceFilter(admin.SimpleListFilter):
    """A filter by one column's known values.

    Django's own filter looks the values up with a ``select distinct`` over the table.
    """

    choices_of_column: tuple[str, ...] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, value) for value in self.choices_of_column]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in self.choices_of_column:
            return queryset.filter(**{self.parameter_name or "": self.value()})
        return queryset


class SinceFilter(admin.SimpleListFilter):
    """Rows of the latest hour, day or week."""

    title = "when"
    parameter_name = "since"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        period = PERIODS.get(self.value() or "")
        return queryset if period is None else self.since(queryset, datetime.now(UTC) - period[1])

    def since(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        """The rows that are newer than a time."""
        return queryset.filter(updated_at__gte=moment)


class LongList(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list that costs the same however many rows its table has."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50


def shown_time(moment: datetime | None) -> str:
    """A time as the lists show it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def choice_filter(column: str, title_text: str, values: tuple[str, ...]) -> type[ChoiceFilter]:
    """The filter class for a column with these values."""

    class ColumnFilter(ChoiceFilter):
        title = title_text
        parameter_name = column
        choices_of_column = values

    return ColumnFilter
