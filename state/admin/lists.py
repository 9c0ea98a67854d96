"""Lists of tables with millions of rows: bounded counts, filters without a scan."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

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


def choice_filter(column: str, title_text: str, values: tuple[str, ...]) -> type[ChoiceFilter]:
    """The filter class for a column with these values."""

    class ColumnFilter(ChoiceFilter):
        title = title_text
        parameter_name = column
        choices_of_column = values

    return ColumnFilter
