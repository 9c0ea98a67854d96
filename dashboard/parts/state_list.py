"""What the lists of the three kinds share: filters in the query string, keyset paging."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from dashboard.parts.bulk import present_bulk_actions
from dashboard.parts.counts import present_counts
from dashboard.parts.moment import Moment
from dashboard.parts.rows import COLUMNS, Column, present_row
from dashboard.parts.sorting import present_headers
from dashboard.parts.travelling import TravellingPage
from state.domain.bulk import NOUNS
from state.domain.errors import BadFilter, BadPage
from state.domain.kinds import Kind
from state.domain.queries import ListQuery
from state.service import past, reading

PAGE_SIZE = 50


class StateList(TravellingPage):
    """One kind's states. The parameters are the API's own (contract §2), and ``at``."""

    kind: ClassVar[Kind]
    status_filter: ClassVar[str] = "status"
    status_values: ClassVar[Mapping[str, str]] = {}
    filters: ClassVar[tuple[str, ...]]
    facet: ClassVar[str] = ""
    """A field whose values are counted, when the page is of the past."""
    facet_counts: Counter[str] | None = None
    default_ordering: ClassVar[str]
    list_title: ClassVar[str]
    empty: ClassVar[tuple[str, str]]
    example: ClassVar[str]
    """The body of a first state: an empty list shows the command that writes it."""

    @property
    def may_act(self) -> bool:
        """Whether rows are offered for selection: nobody acts on the past."""
        return self.moment is None and self.principal.may("operator")

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
            "headers": present_headers(self._columns(), self.kind, given, ordering),
            "chosen": chosen,
            "chosen_status": chosen[self.status_filter],
            "status_filter": self.status_filter,
            "ordering_given": given.get("ordering", ""),
            "is_filtered": any(chosen.values()),
            "is_first_page": "page" not in given,
            "first_page": self.link(given, page=""),
            "everything": self.link({"at": given.get("at", "")}),
            "bulk_nouns": NOUNS[self.kind],
            "bulk_actions": present_bulk_actions(self.kind) if self.may_act else [],
            # With a filter or a time ordering any change may move a row in, out or elsewhere.
            "refetch": "any" if any(chosen.values()) or "Updated" in ordering else "membership",
        }
        try:
            query = {"limit": str(PAGE_SIZE), **given, "ordering": ordering}
            page = self._find(ListQuery.parse(self.kind, query, also=frozenset({"at"})))
        except (BadFilter, BadPage) as error:
            refused = {"rows": [], "problem": error.detail, "status": 400}
            return {**context, **refused, "tabs": self._tabs(given)}
        rows = [present_row(self.kind, document) for document in page.items]
        next_page = self.link(given, page=page.next) if page.next else ""
        return {**context, "rows": rows, "next_page": next_page, "tabs": self._tabs(given)}

    def read_past(self, moment: Moment) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        self._summary_then: Mapping[str, Any] = {}
        self.counts = {}
        return self.read_page(), self._summary_then

    def _find(self, query: ListQuery) -> reading.Page:
        if self.moment is None:
            return reading.list_states(query, with_last_seen=self.kind is Kind.AGENT)
        found = past.list_states_at(query, self.moment.position, facet=self.facet)
        self.facet_counts = found.facet
        self._summary_then = past.summary_of({self.kind: found.counts})
        self.counts = present_counts(self._summary_then)
        return reading.Page(found.items, found.next)

    def _columns(self) -> list[Column]:
        """No change of the log tells of a heartbeat."""
        columns = COLUMNS[self.kind]
        return [one for one in columns if self.moment is None or one.field != "lastSeen"]

    def _tabs(self, given: Mapping[str, str]) -> list[dict[str, Any]]:
        """A tab per status, keeping the other filters; the counts are those of the whole kind."""
        if self.kind not in self.counts:  # of the past, and not counted
            return []
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
