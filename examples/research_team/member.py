"""One agent of the team, as Lightning State and its operators see it."""

import threading
from collections.abc import Callable
from typing import Any

from .board import Board, Json, Stopped

PAUSED = "Paused"
PAUSE_CHECK_SECONDS = 1.0


class Member:
    """An agent with a state. Its status changes only along the legal transitions.

    An operator who sets the agent to Paused is obeyed: its next step waits until the status is
    something else.
    """

    def __init__(self, board: Board, agent_id: str, agent_type: str, stop: threading.Event) -> None:
        self.agent_id = agent_id
        self._agent_type = agent_type
        self._board = board
        self._stop = stop
        self._totals: dict[str, float] = {}

    @property
    def path(self) -> str:
        return f"/api/v1/agents/{self.agent_id}"

    def report_for_duty(self, **properties: Any) -> None:
        """Be there and Ready, whatever an earlier run left behind."""
        initial = {
            "agentType": self._agent_type,
            "status": "Initializing",
            "properties": properties,
        }
        self._board.create(self.path, initial)
        known, _ = self._board.read(self.path, fresh=True)
        self._totals = dict(known["performanceMetrics"])
        self._change_unless_paused(
            lambda _: {
                "status": "Ready",
                "properties": {"error": None, **properties},
                "activeTaskIds": [],
            }
        )

    def begin(self, task_id: str, **properties: Any) -> None:
        """Take up a task: Processing, and the task listed among the active ones."""
        self._change_unless_paused(
            lambda state: {
                "status": "Processing",
                "activeTaskIds": sorted({*state["activeTaskIds"], task_id}),
                "properties": properties,
            }
        )

    def finish(self, task_id: str, **measured: float) -> None:
        """Put a task down: Ready again, what was measured added to the running totals."""
        for name, value in measured.items():
            self._totals[name] = round(self._totals.get(name, 0) + value, 3)
        totals = dict(self._totals)

        def change(state: dict[str, Any]) -> dict[str, Any]:
            left = [task for task in state["activeTaskIds"] if task != task_id]
            change = {"activeTaskIds": left, "performanceMetrics": totals}
            paused = state["status"] == PAUSED
            return change if paused else {**change, "status": "Processing" if left else "Ready"}

        self._board.update(self.path, change)

    def stand_down(self) -> None:
        """Put everything down; whoever was paused stays paused."""
        self._board.update(
            self.path,
            lambda state: {
                "activeTaskIds": [],
                "status": PAUSED if state["status"] == PAUSED else "Ready",
            },
        )

    def fail(self, reason: str) -> None:
        self._board.merge(
            self.path,
            {"status": "Failed", "activeTaskIds": [], "properties": {"error": reason}},
            reason=reason,
        )

    def check_in(self) -> None:
        """Between two steps: stop when asked to, wait while an operator has us paused."""
        if self._stop.is_set():
            raise Stopped
        self._wait_while_paused()

    def _change_unless_paused(self, change: Callable[[Json], Json]) -> None:
        """Wait for permission, then write; again when the operator's pause came in between."""
        while True:
            self.check_in()
            if self._board.update(
                self.path, lambda state: None if state["status"] == PAUSED else change(state)
            ):
                return

    def _wait_while_paused(self) -> None:
        told = False
        while self._board.read(self.path)[0]["status"] == PAUSED:
            if not told:
                print(f"  {self.agent_id} is paused by an operator; waiting", flush=True)
                told = True
            if self._stop.wait(PAUSE_CHECK_SECONDS):
                raise Stopped
