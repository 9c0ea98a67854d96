"""What runs: the instances, how many workers they decided on, and the health of this one."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from dashboard.pages.system.figures import present_checks, present_decisions, present_instance
from dashboard.parts.page import LivePage
from state.presence import workers
from state.service.deployment import list_instances
from state.service.health import health

REFRESH_SECONDS = 5


class SystemPage(LivePage):
    template_name = "dashboard/pages/system/page.html"
    section = "system"

    def read_page(self) -> Mapping[str, Any]:
        instances = list_instances()
        state = health()
        return {
            "instances": [present_instance(one) for one in instances],
            "decisions": present_decisions(instances),
            "this_instance": workers.me.instance,
            "health": state.status,
            "health_tone": "completed" if state.status == "healthy" else "failed",
            "warnings": state.warnings,
            "checks": present_checks(state.checks),
            "refresh_every": REFRESH_SECONDS,
            "health_url": self.request.build_absolute_uri(reverse("dashboard:overview") + "health"),
        }
