"""One agent of the team, as Lightning State and its operators see it."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from lightning_client import AgentState, Lightning, VersionConflict

PAUSE_CHECK_SECONDS = 1.0


class Stopped(Exception):
    """Somebody asked the team to stop."""


class Member:
    """An agent with a state. Its status changes only along the legal transitions.

    An operator who sets the agent to Paused is obeyed: its next step waits until the status is
    something else.
    """

    def __init__(
        self, lightning: Lightning, agent_id: str, agent_type: str, stop: threading.Event
    ) -> None:
        self.agent_id = agent_id
        self._agent_type = agent_type
        self._lightning = lightning
        self._stop = stop

    def report_for_duty(self, **properties: Any) -> None:
        """Be there and Ready, whatever an earlier run left behind."""
        new = AgentState(
            agent_type=self._agent_type, status="Initializing", properties=dict(properties)
        )
        with suppress(VersionConflict):  # it is there from an earlier run
            self._lightning.set("agent", self.agent_id, new)

        def be_ready(state: AgentState) -> None:
            state.status = "Ready"
            state.active_task_ids = []
            state.properties.pop("error", None)
            state.properties.update(properties)

        self._update_unless_paused(be_ready)

    def begin(self, task_id: str, **properties: Any) -> None:
        """Take up a task: Processing, and the task listed among the active ones."""

        def take_up(state: AgentState) -> None:
            state.status = "Processing"
            state.active_task_ids = sorted({*state.active_task_ids, task_id})
            state.properties.update(properties)

        self._update_unless_paused(take_up)

    def finish(self, task_id: str, **measured: float) -> None:
        """Put a task down: Ready again, what was measured added to the running totals."""

        def put_down(state: AgentState) -> None:
            state.active_task_ids = [task for task in state.active_task_ids if task != task_id]
            for name, value in measured.items():
                total = state.performance_metrics.get(name, 0) + value
                state.performance_metrics[name] = round(total, 3)
            if state.status != "Paused":
                state.status = "Processing" if state.active_task_ids else "Ready"

        self._lightning.update("agent", self.agent_id, put_down)

    def stand_down(self) -> None:
        """Put everything down; whoever was paused stays paused."""

        def rest(state: AgentState) -> None:
            state.active_task_ids = []
            if state.status != "Paused":
                state.status = "Ready"

        self._lightning.update("agent", self.agent_id, rest)

    def fail(self, reason: str) -> None:
        change = {"status": "Failed", "activeTaskIds": [], "properties": {"error": reason}}
        self._lightning.patch("agent", self.agent_id, change, reason=reason[:500])

    def check_in(self) -> None:
        """Between two steps: stop when asked to, wait while an operator has us paused."""
        if self._stop.is_set():
            raise Stopped
        self._wait_while_paused()

    def _update_unless_paused(self, change: Callable[[AgentState], None]) -> None:
        """Wait for permission, then write; again when the operator's pause came in between."""

        def unless_paused(state: AgentState) -> None:
            if state.status == "Paused":
                raise _PausedMeanwhile
            change(state)

        while True:
            self.check_in()
            try:
                self._lightning.update("agent", self.agent_id, unless_paused)
            except _PausedMeanwhile:
                continue
            return

    def _wait_while_paused(self) -> None:
        told = False
        while self._lightning.get("agent", self.agent_id).status == "Paused":
            if not told:
                print(f"  {self.agent_id} is paused by an operator; waiting", flush=True)
                told = True
            if self._stop.wait(PAUSE_CHECK_SECONDS):
                raise Stopped


class _PausedMeanwhile(Exception):
    """An operator paused the agent between our look and our write."""
