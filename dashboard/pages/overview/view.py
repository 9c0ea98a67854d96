"""The first page: how many of what, what happens just now, how the cache does."""

from collections.abc import Mapping
from typing import Any

from dashboard.live.connection import CHANGES_SHOWN
from dashboard.live.reading import read_cache, read_recent_changes
from dashboard.parts.changes import BLANK
from dashboard.parts.page import LivePage


class OverviewPage(LivePage):
    template_name = "dashboard/pages/overview/page.html"
    section = "overview"
    shows_activity = True

    def read_page(self) -> Mapping[str, Any]:
        return {
            "changes": read_recent_changes(CHANGES_SHOWN),
            "blank_change": BLANK,
            "cache": read_cache(),
        }
