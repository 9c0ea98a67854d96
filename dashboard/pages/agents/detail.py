"""One agent."""

from collections.abc import Mapping
from typing import Any

from dashboard.live.heartbeats import read_heartbeats
from dashboard.live.tasks import TOPIC
from dashboard.pages.agents.metrics import present_metrics
from dashboard.pages.agents.registration import other_properties, present_registration
from dashboard.pages.agents.tasks import read_tasks
from dashboard.parts.cells import time_cell
from dashboard.parts.jsonview import pretty_text
from dashboard.parts.properties import present_properties
from dashboard.parts.rows.agents import AgentState
from dashboard.parts.state_page import StatePage
from dashboard.parts.why import read_cause
from state.domain.kinds import Kind
from state.service import watching

METRIC_EVENTS = 200


class AgentPage(StatePage):
    kind = Kind.AGENT
    section = "agents"
    topics = (TOPIC,)
    template_name = "dashboard/pages/agents/detail.html"

    def read_parts(self, state: AgentState, document: bytes) -> Mapping[str, Any]:
        events = watching.history(self.kind, state.agent_id, limit=METRIC_EVENTS)
        change = read_cause(self.kind, state.agent_id, "status", most=METRIC_EVENTS).change
        registration = present_registration(state.properties)
        properties = other_properties(state.properties) if registration else state.properties
        return {
            "metrics": present_metrics(state.performance_metrics, events.items),
            "tasks": read_tasks(state.agent_id),
            "registration": registration,
            "properties": present_properties(properties),
            "last_seen": time_cell(read_last_seen(state.agent_id)),
            "status_since": change.cells["at"].at if change else "",
            "raw": pretty_text(document),
            "may_pause": self.may_become("Paused", state.status),
            "may_resume": state.status == "Paused",
            "may_fail": self.may_become("Failed", state.status),
        }


def read_last_seen(agent_id: str) -> str | None:
    """The agent's last heartbeat, if it ever had one."""
    return read_heartbeats([agent_id]).get(agent_id)
