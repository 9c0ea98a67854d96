"""The change log as a page: filters in the address, newest first, a page at a time."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from dashboard.pages.activity.query import TIMES, read_query
from dashboard.pages.activity.rows import present_change
from dashboard.parts.moment import as_field
from dashboard.parts.page import LivePage
from state.changelog.change_query import CHANGE_TYPES, FIELDS, FILTERS
from state.domain.errors import BadFilter, BadPage
from state.domain.kinds import Kind
from state.domain.times import format_time
from state.service import watching


class ActivityPage(LivePage):
    """In the query string: ``kind``, ``id``, ``actor``, ``changeType``, ``field``, ``reason``
    (holds), ``forced``, ``since``, ``until``, ``page``.
    """

    template_name = "dashboard/pages/activity/page.html"
    section = "activity"
    watched_kinds = tuple(Kind)

    def read_page(self) -> Mapping[str, Any]:
        given = {name: text for name, text in self.request.GET.dict().items() if text}
        filters = {name: text for name, text in given.items() if name != "page"}
        news = reverse("dashboard:activity-news")
        context: dict[str, Any] = {
            "chosen": {name: given.get(name, "") for name in FILTERS}
            | {name: as_field(given.get(name, "")) for name in TIMES},
            "kinds": [kind.value for kind in Kind],
            "change_types": CHANGE_TYPES,
            "fields": FIELDS,
            "is_filtered": bool(filters),
            "is_first_page": "page" not in given,
            "first_page": self._link(filters),
            "exports": [
                (label, f"{reverse(f'dashboard:activity-{name}')}{self._link(filters, '')}")
                for name, label in (("csv", "CSV"), ("json", "JSON"))
            ],
            "example_url": self.api_url("agents/first"),
        }
        try:
            query = read_query(given)
        except (BadFilter, BadPage) as error:
            return {**context, "rows": [], "problem": error.detail, "status": 400}
        end = watching.log_end()
        found = watching.find_changes(query)
        next_before = found.next_before
        return {
            **context,
            "rows": [present_change(event) for event in found.events],
            "news_url": f"{news}?{urlencode({**filters, 'after': str(end)})}",
            "next_page": ""
            if next_before is None
            else self._link({**filters, "page": query.token(next_before)}),
            "looked_to": format_time(found.looked_to) if found.looked_to else "",
        }

    def _link(self, parameters: Mapping[str, str], without: str | None = None) -> str:
        query = urlencode(parameters)
        if query:
            return f"?{query}"
        return self.request.path if without is None else without
