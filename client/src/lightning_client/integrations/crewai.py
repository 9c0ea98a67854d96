"""CrewAI: a crew shows as a research, its agents as agents.

listener = LightningListener(lightning)
Crew(agents=..., tasks=..., step_callback=listener.step, task_callback=listener.step)
"""

import re
import threading
from typing import Any

from crewai.events import (
    AgentExecutionCompletedEvent,
    AgentExecutionErrorEvent,
    AgentExecutionStartedEvent,
    BaseEventListener,
    CrewKickoffCompletedEvent,
    CrewKickoffFailedEvent,
    CrewKickoffStartedEvent,
    TaskCompletedEvent,
    TaskFailedEvent,
    TaskStartedEvent,
)

from lightning_client import Lightning
from lightning_client.integrations.reporter import AgentReporter
from lightning_client.integrations.research import ResearchReporter

_NO_ID = re.compile(r"[^A-Za-z0-9._:@-]+")


class LightningListener(BaseEventListener):
    """Listens to CrewAI's event bus for as long as it lives.

    The bus tells its listeners beside the crew's work and in any order, so that a listener cannot
    hold a crew up: give the crew `step` as its ``step_callback`` and ``task_callback``, and it
    waits there while an operator has one of its agents Paused.

    Args:
        prefix: in front of the agents' roles, which are the states' ids.
        research_id: of the research that the crew works on; default: none is kept.
    """

    def __init__(
        self,
        lightning: Lightning,
        *,
        prefix: str = "",
        research_id: str | None = None,
        **options: Any,
    ) -> None:
        self._lightning = lightning
        self._prefix = prefix
        self._options = options
        self._lock = threading.RLock()
        self._agents: dict[str, AgentReporter] = {}
        self._over: set[str] = set()
        self._research = (
            ResearchReporter(lightning, research_id, research_id) if research_id else None
        )
        super().__init__()

    def setup_listeners(self, crewai_event_bus: Any) -> None:
        """Called by CrewAI."""
        on = crewai_event_bus.on

        @on(CrewKickoffStartedEvent)
        def begin(source: Any, event: Any) -> None:
            if self._research is not None:
                self._research.begin()

        @on(CrewKickoffCompletedEvent)
        def complete(source: Any, event: Any) -> None:
            if self._research is not None:
                self._research.begin()
                self._research.complete()

        @on(CrewKickoffFailedEvent)
        def fail(source: Any, event: Any) -> None:
            if self._research is not None:
                self._research.fail(str(event.error))

        @on(TaskStartedEvent)
        def note_task(source: Any, event: Any) -> None:
            agent = getattr(event.task, "agent", None)
            if agent is not None:
                self._reporter(agent).note(task=str(event.task.description)[:500])

        @on(TaskCompletedEvent)
        def iterate(source: Any, event: Any) -> None:
            if self._research is not None:
                self._research.iterated()

        @on(TaskFailedEvent)
        def fail_task(source: Any, event: Any) -> None:
            agent = getattr(event.task, "agent", None)
            if agent is not None:
                self._reporter(agent).fail(str(event.task.id), str(event.error))

        @on(AgentExecutionStartedEvent)
        def begin_work(source: Any, event: Any) -> None:
            with self._lock:  # its end may have been told already
                if _execution(event) not in self._over:
                    self._reporter(event.agent).begin(_execution(event))

        @on(AgentExecutionCompletedEvent)
        def finish_work(source: Any, event: Any) -> None:
            with self._lock:
                self._over.add(_execution(event))
                self._reporter(event.agent).finish(_execution(event), tasks=1)

        @on(AgentExecutionErrorEvent)
        def fail_work(source: Any, event: Any) -> None:
            with self._lock:
                self._over.add(_execution(event))
                self._reporter(event.agent).fail(_execution(event), str(event.error))

    def step(self, _: Any = None) -> None:
        """Wait while an operator has one of the crew's agents Paused."""
        for reporter in list(self._agents.values()):
            reporter.wait_while_paused()

    def agent_id(self, role: str) -> str:
        """The id of the state of an agent with this role."""
        return (self._prefix + _NO_ID.sub("-", role.strip()))[:200]

    def close(self) -> None:
        """Stop the heartbeats."""
        for reporter in self._agents.values():
            reporter.close()

    def _reporter(self, agent: Any) -> AgentReporter:
        role = str(agent.role)
        with self._lock:
            if role not in self._agents:
                self._agents[role] = AgentReporter(
                    self._lightning, self.agent_id(role), "CrewAI", **self._options
                )
            return self._agents[role]


def _execution(event: Any) -> str:
    """What an agent works on: its start and its end name the same task."""
    return str(getattr(event.task, "id", None) or event.agent.id)
