"""One research run's state, kept by whoever runs it."""

import logging
import threading
from collections.abc import Callable

from lightning_client import (
    Lightning,
    LightningError,
    ResearchState,
    ResearchStatus,
    VersionConflict,
)
from lightning_client.integrations.texts import shown

logger = logging.getLogger("lightning_client")

_FINAL = {"Completed", "Failed"}


class ResearchReporter:
    """Reports how far a research is. Trouble with the server is logged, and ends nothing."""

    def __init__(self, lightning: Lightning, research_id: str, query: str) -> None:
        self.lightning = lightning
        self.research_id = research_id
        self._query = query
        self._lock = threading.RLock()

    def begin(self) -> None:
        """InProgress; created when it is not there. What has ended stays ended."""

        def create() -> None:
            new = ResearchState(query=shown(self._query, 10_000), status="InProgress")
            try:
                self.lightning.set("research", self.research_id, new)
            except VersionConflict:
                self._change(_in_progress)

        self._told(create)

    def iterated(self) -> None:
        """One step more."""

        def count(state: ResearchState) -> None:
            state.iteration_count += 1

        self._change(count)

    def complete(self) -> None:
        self._change(lambda state: _end(state, "Completed"))

    def fail(self, reason: str) -> None:
        def failed(state: ResearchState) -> None:
            state.metadata["error"] = shown(reason)
            _end(state, "Failed")

        self._change(failed)

    def _change(self, change: Callable[[ResearchState], None]) -> None:
        def unless_final(state: ResearchState) -> None:
            if state.status not in _FINAL:
                change(state)

        self._told(
            lambda: self.lightning.update("research", self.research_id, unless_final, facts=False)
        )

    def _told(self, call: Callable[[], object]) -> None:
        try:
            with self._lock:  # parallel nodes are counted one by one, without conflicts
                call()
        except LightningError as error:
            logger.warning("Research %s could not be reported: %s", self.research_id, error)


def _in_progress(state: ResearchState) -> None:
    if state.status == "Pending":
        state.status = "InProgress"


def _end(state: ResearchState, status: ResearchStatus) -> None:
    state.status = status
