"""The composition root: what this process is made of, put together when it is first asked for.

Before that nothing opens Redis, shared memory or a thread. What is made at import (the tail, the
key ring, the pools of threads) does nothing until somebody starts or asks it.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings

from state import __version__
from state.access.uses import KeyUseWriter
from state.alerts.delivery import Courier
from state.alerts.keeper import Keeper
from state.apo import load
from state.apo.shares import share_of
from state.cache.l1 import LevelOne
from state.cache.report import figures_of
from state.cache.shared_versions import SharedVersions
from state.cache.tiers import Tiers
from state.changelog.events import ChangeEvent
from state.changelog.tail import tail
from state.presence import heartbeats
from state.presence.workers import Reporter
from state.redis.server import open_level_two
from state.runtime.background import loops
from state.service import alerting
from state.service.executing import LoadWatch, MemoryKeeper
from state.service.housekeeping import Housekeeper
from state.service.measuring import Measuring, tallies
from state.service.tuning import CacheTuner
from state.store.fetch import fetch_states

if TYPE_CHECKING:
    from state.service.job_runner import JobRunner


class Background(Protocol):
    """What runs beside the requests."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(slots=True)
class Parts:
    """The caches and the figures, and what runs beside the requests, in the order it starts."""

    tiers: Tiers
    measuring: Measuring
    figures: Callable[[], dict[str, Any]]
    """What this worker tells of itself: cache figures, how its loops fare, its lag, its version."""
    job_runner: "JobRunner"
    background: Sequence[Background]
    _is_started: bool = field(default=False, init=False)

    def start(self) -> None:
        """Starts the background work, once: with the server, else with the first request.

        On an event loop, whose load is measured.
        """
        if self._is_started:
            return
        self._is_started = True
        for one in self.background:
            one.start()

    def stop(self) -> None:
        """Ends the background work for good."""
        for one in reversed(self.background):
            one.stop()
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
    # Not above: it writes, and who writes asks this module for the caches.
    from state.service.job_runner import JobRunner

    caches = Tiers(
        # The setting is of an instance: its workers share it.
        LevelOne(
            share_of(load.instance.workers).cache_bytes,
            settings.LIGHTNING_L1_TTL_SECONDS,
        ),
        open_level_two(),
        SharedVersions.from_environment(),
        tail,
        fetch_states,
    )
    tail.subscribe(_forget_deleted_agents)

    measuring = Measuring(caches, tail)

    def figures() -> dict[str, Any]:
        return {
            **figures_of(caches),
            **measuring.figures(),
            "loops": loops.checks(),
            "lagSeconds": tail.lag_seconds,
            "version": __version__,
        }

    channels = alerting.channels()
    job_runner = JobRunner(tail)
    keeper = Keeper(alerting.rules(), alerting.silence(), channels, tail, tallies.waiting)
    background = (
        tail,
        LoadWatch(),
        measuring,
        MemoryKeeper(caches),
        CacheTuner(caches.level_one),
        Reporter(figures),
        Housekeeper(),
        KeyUseWriter(),
        keeper,
        Courier(channels, lambda: keeper.is_in_charge),
        job_runner,
    )
    return Parts(caches, measuring, figures, job_runner, background)


def _forget_deleted_agents(events: Sequence[ChangeEvent]) -> None:
    heartbeats.forget([event.state_id for event in events if event.change_type == "Deleted"])
