"""The first page: how many of what, what happens just now, how the cache does."""

from collections.abc import Mapping
from typing import Any

from dashboard.live.connection import CHANGES_SHOWN
from dashboard.live.pulse import pulse
from dashboard.live.reading import read_cache, read_recent_changes
from dashboard.pages.overview.attention import read_attention
from dashboard.pages.overview.traffic import read_traffic
from dashboard.parts.changes import BLANK, present_event
from dashboard.parts.moment import Moment
from dashboard.parts.travelling import TravellingPage
from state.domain.kinds import Kind
from state.service import past, watching

REFRESH_SECONDS = 10
"""How often an open page looks for trouble anew: silence is no change of the log."""


class OverviewPage(TravellingPage):
    template_name = "dashboard/pages/overview/page.html"
    section = "overview"
    shows_activity = True
    topics = ("cache", "pulse", "traffic")

    def read_page(self) -> Mapping[str, Any]:
        return {
            "changes": read_recent_changes(CHANGES_SHOWN),
            "blank_change": BLANK,
            "example_url": self.api_url("agents/first"),
            "cache": read_cache(),
            "attention": read_attention(),
            "traffic": read_traffic(self.request.GET.get("range", "")),
            "refresh_every": REFRESH_SECONDS,
            "pulse": pulse.per_second(),
        }

    def read_past(self, moment: Moment) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        events = watching.activity_up_to(moment.position, CHANGES_SHOWN)
        page = {
            "changes": [present_event(event.encoded) for event in events],
            "template": "dashboard/pages/overview/past.html",
        }
        counts = {kind: past.count_states_at(kind, moment.position) for kind in Kind}
        return page, past.summary_of(counts)
