"""Alerts, open ones first asked for, and the rules they come from."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dashboard.pages.alerts.rows import present_alert, present_rule
from dashboard.parts.page import LivePage
from state.alerts.rules import SEVERITIES
from state.domain.errors import BadFilter, BadPage
from state.protocol.alerts import next_page, read_query
from state.service import alerting

REFRESH_SECONDS = 5
"""How often an open page is read anew: no change of the log tells of an alert."""

STATES = (("open", "Open"), ("closed", "Closed"), ("all", "All"))


class AlertsPage(LivePage):
    """The parameters are the API's own: ``state``, ``severity``, ``rule`` and ``page``."""

    template_name = "dashboard/pages/alerts/page.html"
    section = "alerts"

    def read_page(self) -> Mapping[str, Any]:
        given = {name: value for name, value in self.request.GET.dict().items() if value}
        chosen = given.get("state", "open")
        rules = [present_rule(rule) for rule in alerting.rules_as_dicts()]
        context: dict[str, Any] = {
            "tabs": [
                {
                    "label": label,
                    "url": self._link(given, page="", state="" if name == "open" else name),
                    "is_current": name == chosen,
                }
                for name, label in STATES
            ],
            "chosen": chosen,
            "severity": given.get("severity", ""),
            "severities": SEVERITIES,
            "rule": given.get("rule", ""),
            "rules": rules,
            "channels": alerting.channel_names(),
            "is_filtered": bool(given.get("severity") or given.get("rule")),
            "is_first_page": "page" not in given,
            "first_page": self._link(given, page=""),
            "refresh_every": REFRESH_SECONDS,
            "example_url": self.api_url("alerts?state=all"),
        }
        try:
            query = read_query(given)
        except (BadFilter, BadPage) as error:
            return {**context, "alerts": [], "problem": error.detail, "status": 400}
        found = alerting.list_alerts(query)
        token = next_page(found, query)
        alerts = [present_alert(alert) for alert in found[: query.limit]]
        return {
            **context,
            "alerts": alerts,
            "shows_deliveries": bool(context["channels"]) or any(row.deliveries for row in alerts),
            "next_page": self._link(given, page=token) if token else "",
        }

    def _link(self, given: Mapping[str, str], **changes: str) -> str:
        query = urlencode({name: value for name, value in {**given, **changes}.items() if value})
        return f"?{query}" if query else self.request.path
