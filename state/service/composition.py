"""The composition root: what this process is made of, put together when it is first asked for.

Before that nothing opens Redis, shared memory or a thread. What is made at import (the tail, the
key ring, the pools of threads) does nothing until somebody starts or asks it.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from state import __version__
from state.cache.l1 import LevelOne
from state.cache.report import figures_of
from state.cache.shared_versions import SharedVersions
from state.cache.tiers import Tiers
from state.changelog.events import ChangeEvent
from state.changelog.tail import Tail, tail
from state.presence import heartbeats
from state.presence.workers import Reporter
from state.redis.server import open_level_two
from state.runtime.background import loops
from state.service.housekeeping import Housekeeper
from state.store.fetch import fetch_states


@dataclass(slots=True)
class Parts:
    """The caches, and what runs beside the requests."""

    tail: Tail
    tiers: Tiers
    reporter: Reporter
    housekeeper: Housekeeper
    figures: Callable[[], dict[str, Any]]
    """What this worker tells of itself: cache figures, how its loops fare, its lag, its version."""
    _is_started: bool = field(default=False, init=False)

    def start(self) -> None:
        """Starts the background threads, once: with the server, else with the first request."""
        if self._is_started:
            return
        self._is_started = True
        self.tail.start()
        self.reporter.start()
        self.housekeeper.start()

    def stop(self) -> None:
        """Ends the background threads for good."""
        self.housekeeper.stop()
        self.reporter.stop()
        self.tail.stop()
        self.tiers.close()


_parts: Parts | None = None
_lock = threading.Lock()


def parts() -> Parts:
    """This process's parts."""
    global _parts
    if _parts is None:
        with _lock:
            if _parts is None:
                _parts = _build()
    return _parts


def tiers() -> Tiers:
    """This process's caches."""
    return (_parts or parts()).tiers


def _build() -> Parts:
    caches = Tiers(
        # The setting is of an instance: its workers share it.
        LevelOne(
            settings.LIGHTNING_CACHE_SIZE_MB * 1024 * 1024 // settings.LIGHTNING_WORKERS,
            settings.LIGHTNING_L1_TTL_SECONDS,
        ),
        open_level_two(),
        SharedVersions.from_environment(),
        tail,
        fetch_states,
    )
    tail.subscribe(_forget_deleted_agents)

    def figures() -> dict[str, Any]:
        return {
            **figures_of(caches),
            "loops": loops.checks(),
            "lagSeconds": tail.lag_seconds,
            "version": __version__,
        }

    return Parts(tail, caches, Reporter(figures), Housekeeper(), figures)


def _forget_deleted_agents(events: Sequence[ChangeEvent]) -> None:
    heartbeats.forget([event.state_id for event in events if event.change_type == "Deleted"])
