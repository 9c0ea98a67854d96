"""Tunes level 1 while the process runs (contract §8: LIGHTNING_AUTO_CACHE)."""

from django.conf import settings

from state.cache.l1 import LevelOne
from state.cache.tuning import Observed, tuned
from state.runtime.background import BackgroundThread

_LOOK_SECONDS = 10.0


class CacheTuner:
    """Looks every ten seconds at how each kind was read; switched off it leaves all as it is."""

    def __init__(self, level_one: LevelOne) -> None:
        self._level_one = level_one
        self._seen = dict.fromkeys(level_one.lines, (0, 0))
        self._loop = BackgroundThread("cacheTuning", self.look, first_after_seconds=_LOOK_SECONDS)

    def start(self) -> None:
        """Starts, unless the setting says that all stays fixed."""
        if settings.LIGHTNING_AUTO_CACHE:
            self._loop.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._loop.stop()

    def look(self) -> float:
        """Chooses anew from the reads since the last look; returns when the next is due."""
        lines = self._level_one.lines
        observed = {}
        for category, line in lines.items():
            hits, misses = self._seen[category]
            observed[category] = Observed(line.hits - hits, line.misses - misses)
            self._seen[category] = (line.hits, line.misses)
        before = {category: line.choice for category, line in lines.items()}
        self._level_one.choose(tuned(observed, before, self._level_one.ttl_seconds))
        return _LOOK_SECONDS
