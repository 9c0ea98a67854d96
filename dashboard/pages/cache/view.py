"""How the caches do, what level 1 chose for each kind, and how fast operations are."""

from collections.abc import Mapping
from typing import Any

from dashboard.pages.cache.figures import (
    present_choices,
    present_instances,
    present_levels,
    present_operations,
)
from dashboard.parts.cache import hit_rate
from dashboard.parts.page import LivePage
from state.metrics.windows import WINDOWS
from state.service.deployment import cache_report
from state.service.monitoring import metrics_report

REFRESH_SECONDS = 5
DEFAULT_WINDOW = "5m"
LABELS = {"1m": "1 min", "5m": "5 min", "15m": "15 min"}


class CachePage(LivePage):
    """In the query string: ``window`` is the stretch of time whose operations are shown."""

    template_name = "dashboard/pages/cache/page.html"
    section = "cache"

    def read_page(self) -> Mapping[str, Any]:
        given = self.request.GET.get("window", DEFAULT_WINDOW)
        window = given if given in WINDOWS else DEFAULT_WINDOW
        report = cache_report()
        figures = metrics_report()["windows"][window]
        read = figures["cache"]
        return {
            "hit_rate": hit_rate(report["hitRate"], report["levels"]["L1"]),
            "window_hit_rate": hit_rate(read["hitRate"], read["levels"]["L1"]),
            "changes_per_second": f"{figures['changesPerSecond']:,.1f}",
            "levels": present_levels(report["levels"]),
            "choices": present_choices(report["kinds"]),
            "instances": present_instances(report["instances"]),
            "operations": present_operations(figures["operations"]),
            "windows": [(name, LABELS[name]) for name in WINDOWS],
            "window": window,
            "window_label": LABELS[window],
            "refresh_every": REFRESH_SECONDS,
            "example_url": self.api_url("agents?limit=10"),
        }
