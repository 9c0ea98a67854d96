"""One agent's state, kept by whoever runs the agent: what every integration has in common."""

import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from lightning_client import AgentState, Lightning, LightningError, NotFound, VersionConflict
from lightning_client.integrations.texts import shown
from lightning_client.states import AgentStatus

logger = logging.getLogger("lightning_client")
T = TypeVar("T")

PAUSED: AgentStatus = "Paused"
# From these an agent becomes Processing by way of Ready (contract §7).
_NOT_READY = {"Initializing", "Completed", "Failed"}


class AgentReporter:
    """Reports what an agent does, and obeys an operator who pauses it.

    One process reports an agent at a time. Trouble with the server is logged and never ends the
    agent's own work: an agent that cannot be seen goes on, and is not paused.

    Args:
        agent_id: the state's id.
        agent_type: shown beside it.
        heartbeat_seconds: how often it says that it is alive; 0: not at all.
        pause_poll_seconds: how often a paused agent looks whether it may go on.
    """

    def __init__(
        self,
        lightning: Lightning,
        agent_id: str,
        agent_type: str,
        *,
        heartbeat_seconds: float = 10.0,
        pause_poll_seconds: float = 0.5,
    ) -> None:
        self.lightning = lightning
        self.agent_id = agent_id
        self._agent_type = agent_type
        self._heartbeat_seconds = heartbeat_seconds
        self._pause_poll_seconds = pause_poll_seconds
        self._heartbeat: Any = None
        self._is_there = False
        self._tasks: set[str] = set()
        self._lock = threading.Lock()

    def begin(self, task_id: str, **properties: Any) -> None:
        """Take up a task: Processing, once nobody has the agent paused."""
        self._be_there()
        self.wait_while_paused()
        with self._lock:
            self._tasks.add(task_id)

        def be_ready(state: AgentState) -> None:
            if state.status in _NOT_READY:
                state.status = "Ready"

        def take_up(state: AgentState) -> None:
            if state.status == PAUSED:
                raise _PausedMeanwhile
            state.status = "Processing"
            # Its own alone: what a process that was killed left behind is over.
            state.active_task_ids = self._under_way()
            state.properties.pop("error", None)
            state.properties.update(_bounded(properties))

        while True:
            try:
                self._told(lambda: self.lightning.update("agent", self.agent_id, be_ready))
                self._told(lambda: self.lightning.update("agent", self.agent_id, take_up))
            except _PausedMeanwhile:
                self.wait_while_paused()
            else:
                return

    def step(self, name: str, **properties: Any) -> None:
        """Say what comes next; waits first while an operator has the agent paused."""
        self._be_there()
        self.wait_while_paused()
        self.note(step=name, **properties)

    def note(self, **properties: Any) -> None:
        """Put something among the agent's properties; None removes it."""
        self._be_there()
        patch = {"properties": _bounded(properties)}
        self._told(lambda: self.lightning.patch("agent", self.agent_id, patch))

    def measure(self, **measured: float) -> None:
        """Add to the running totals among the agent's metrics."""

        def change(state: AgentState) -> None:
            for name, value in measured.items():
                state.performance_metrics[name] = state.performance_metrics.get(name, 0) + value

        self._told(lambda: self.lightning.update("agent", self.agent_id, change))

    def finish(self, task_id: str, **measured: float) -> None:
        """Put a task down; what was measured is added to the totals. Paused stays Paused."""
        with self._lock:
            self._tasks.discard(task_id)

        def change(state: AgentState) -> None:
            left = self._under_way()
            state.active_task_ids = left
            state.properties.pop("step", None)
            for name, value in measured.items():
                state.performance_metrics[name] = state.performance_metrics.get(name, 0) + value
            if state.status == "Processing" and not left:
                state.status = "Ready"

        self._told(lambda: self.lightning.update("agent", self.agent_id, change))

    def fail(self, task_id: str, reason: str) -> None:
        """The task could not be done: the agent is Failed, with why."""
        with self._lock:
            self._tasks.discard(task_id)

        def change(state: AgentState) -> None:
            state.active_task_ids = self._under_way()
            state.properties["error"] = shown(reason)
            state.status = "Failed"

        why = reason[:400]
        self._told(lambda: self.lightning.update("agent", self.agent_id, change, reason=why))

    def wait_while_paused(self) -> None:
        """Return when the agent's status is anything but Paused."""
        waited = threading.Event()
        while self._is_paused():
            waited.wait(self._pause_poll_seconds)

    def close(self) -> None:
        """Say no longer that the agent is alive."""
        if self._heartbeat is not None:
            self._heartbeat.stop()
            self._heartbeat = None

    def _under_way(self) -> list[str]:
        with self._lock:
            return sorted(self._tasks)

    def _is_paused(self) -> bool:
        state = self._told(lambda: self.lightning.get("agent", self.agent_id))
        return state is not None and state.status == PAUSED

    def _be_there(self) -> None:
        with self._lock:
            if self._heartbeat is None and self._heartbeat_seconds:
                every = self._heartbeat_seconds
                self._heartbeat = self.lightning.heartbeat(self.agent_id, every_seconds=every)
            if not self._is_there:
                self._told(self._create)
                self._is_there = True

    def _create(self) -> None:
        try:
            self.lightning.get("agent", self.agent_id)
        except NotFound:
            new = AgentState(agent_type=self._agent_type, status="Initializing")
            try:
                self.lightning.set("agent", self.agent_id, new)
            except VersionConflict:
                return  # another process was faster
            self.lightning.update_agent_status(self.agent_id, "Ready")

    def _told(self, call: Callable[[], T]) -> T | None:
        try:
            return call()
        except LightningError as error:
            logger.warning("Agent %s could not be reported: %s", self.agent_id, error)
            return None


class _PausedMeanwhile(Exception):
    """An operator paused the agent between our look and our write."""


def _bounded(properties: dict[str, Any]) -> dict[str, Any]:
    """Texts as a state can keep them."""
    return {
        name: shown(value) if isinstance(value, str) else value
        for name, value in properties.items()
    }
