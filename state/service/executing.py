"""The slots of this process's event loops, and its load and memory (contract §8)."""

import ctypes
import gc
import logging
from collections.abc import Callable
from contextlib import suppress
from weakref import WeakSet

import psutil

from state.apo import load
from state.apo.limiter import Limiter
from state.apo.memory import MemoryWatch, Pressure
from state.apo.shares import share_of
from state.cache.tiers import Tiers
from state.changelog.tail import tail
from state.runtime.background import BackgroundTask, BackgroundThread
from state.runtime.per_loop import of_this_loop

logger = logging.getLogger(__name__)

_WATCH_SECONDS = 1.0

_limiters: WeakSet[Limiter] = WeakSet()


def limiter() -> Limiter:
    """The running loop's slots."""
    return of_this_loop(_new_limiter)


def limiters() -> list[Limiter]:
    """Those of every loop."""
    return list(_limiters)


def _new_limiter() -> Limiter:
    share = share_of(load.instance.workers)
    made = Limiter(share.concurrent, share.queue)
    _limiters.add(made)
    return made


class LoadWatch:
    """Measures the loop's load, and gives its limiter this worker's share of the instance.

    Ends the waits for a database that is lost: a silent one would keep them to their deadlines.
    """

    def __init__(self) -> None:
        self._meter = load.LoadMeter(lambda: limiter().utilization)
        self._loop = BackgroundTask("load", self._step)

    def start(self) -> None:
        """Starts on the running loop; does nothing when it runs there already."""
        self._loop.start()

    def stop(self) -> None:
        """Ends with its loop."""
        self._loop.stop()

    async def _step(self) -> float:
        share = share_of(load.instance.workers)
        limiter().resize(share.concurrent, share.queue)
        if tail.has_lost_database:
            limiter().deadlines.give_up()
        return await self._meter.sample()


class MemoryKeeper:
    """Keeps level 1 and the process within this worker's share of the instance's memory."""

    def __init__(self, tiers: Tiers, resident_bytes: Callable[[], int] | None = None) -> None:
        share = share_of(load.instance.workers)
        self._level_one = tiers.level_one
        self._watch = MemoryWatch(share.memory_bytes, share.cache_bytes)
        process = psutil.Process()
        self._resident_bytes = resident_bytes or (lambda: int(process.memory_info().rss))
        self._loop = BackgroundThread("memory", self._step)

    @property
    def pressure(self) -> Pressure:
        return self._watch.pressure

    def start(self) -> None:
        """Starts; does nothing when it runs already."""
        self._loop.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._loop.stop()

    def _step(self) -> float:
        share = share_of(load.instance.workers)
        before = self._watch.pressure
        self._watch.resize(share.memory_bytes, share.cache_bytes)
        allowed = self._watch.observe(self._resident_bytes(), self._level_one.size_bytes)
        if allowed < self._level_one.size_bytes:
            self._level_one.resize(allowed)
            _give_back()
        elif allowed != self._level_one.max_bytes:
            self._level_one.resize(allowed)
        for one in limiters():
            one.is_shedding = self._watch.is_shedding
        if self._watch.pressure is not before:
            logger.warning(
                "Memory: %s (level 1 may have %d MB).", self._watch.pressure, allowed >> 20
            )
        return _WATCH_SECONDS


def _give_back() -> None:
    """Returns freed memory to the system, where the C library can be asked to (glibc)."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
