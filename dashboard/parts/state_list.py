"""What the lists of the three kinds share: filters in the query string, keyset paging."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from dashboard.parts.bulk import present_bulk_actions
from dashboard.parts.page import LivePage
from dashboard.parts.rows import COLUMNS, present_row
from dashboard.parts.sorting import present_headers
from state.domain.bulk import NOUNS
from state.domain.errors import BadFilter, BadPage
from state.domain.kinds import Kind
from state.domain.queries import ListQuery
from state.service import reading

PAGE_SIZE = 50


class StateList(LivePage):
    """One kind's states. The parameters are the API's own (contract §2)."""

    kind: ClassVar[Kind]
    status_filter: ClassVar[str] = "status"
    status_values: ClassVar[Mapping[str, str]] = {}
    filters: ClassVar[tuple[str, ...]]
    default_ordering: ClassVar[str]
    list_title: ClassVar[str]
    empty: ClassVar[tuple[str, str]]
    example: ClassVar[str]
    """The body of a first state: an empty list shows the command that writes it."""

    @property
    def may_act(self) -> bool:
        """Whether rows are offered for selection."""
        return self.principal.may("operator")

    @property
    def given(self) -> dict[str, str]:
        """The query string, without parameters that say nothing."""
        return {name: value for name, value in self.request.GET.dict().items() if value}

    def read_page(self) -> Mapping[str, Any]:
        given = self.given
        names = (*self.filters, self.status_filter)
        chosen = {name: given.get(name, "") for name in names}
        ordering = given.get("ordering", self.default_ordering)
        context: dict[str, Any] = {
            "kind": self.kind,
            "segment": self.kind.segment,
            "list_title": self.list_title,
            "empty_title": self.empty[0],
            "empty_hint": self.empty[1],
            "example": self.example,
            "example_url": self.api_url(f"{self.kind.segment}/first"),
            "headers": present_headers(COLUMNS[self.kind], self.kind, given, ordering),
            "chosen": chosen,
            "chosen_status": chosen[self.status_filter],
            "status_filter": self.status_filter,
            "ordering_given": given.get("ordering", ""),
            "is_filtered": any(chosen.values()),
            "is_first_page": "page" not in given,
            "first_page": self.link(given, page=""),
            "tabs": self._tabs(given),
            "bulk_nouns": NOUNS[self.kind],
            "bulk_actions": present_bulk_actions(self.kind) if self.may_act else [],
            # With a filter or a time ordering any change may move a row in, out or elsewhere.
            "refetch": "any" if any(chosen.values()) or "Updated" in ordering else "membership",
        }
        try:
            query = {"limit": str(PAGE_SIZE), **given, "ordering": ordering}
            page = reading.list_states(
                ListQuery.parse(self.kind, query), with_last_seen=self.kind is Kind.AGENT
            )
        except (BadFilter, BadPage) as error:
            return {**context, "rows": [], "problem": error.detail, "status": 400}
        rows = [present_row(self.kind, document) for document in page.items]
        next_page = self.link(given, page=page.next) if page.next else ""
        return {**context, "rows": rows, "next_page": next_page}

    def _tabs(self, given: Mapping[str, str]) -> list[dict[str, Any]]:
        """A tab per status, keeping the other filters; the counts are those of the whole kind."""
        of_kind = self.counts[self.kind]
        counts = {"": of_kind.total, **{count.status: count.text for count in of_kind.counts}}
        current = given.get(self.status_filter, "")
        tabs = []
        for status, text in counts.items():
            value = self.status_values.get(status, status)
            tabs.append(
                {
                    "status": status,
                    "label": status or "All",
                    "tone": status.lower(),
                    "count": text,
                    "url": self.link(given, page="", **{self.status_filter: value}),
                    "is_current": value == current,
                }
            )
        return tabs

    def link(self, given: Mapping[str, str], **changes: str) -> str:
        merged = {**given, **changes}
        query = urlencode({name: value for name, value in merged.items() if value})
        return f"?{query}" if query else self.request.path
