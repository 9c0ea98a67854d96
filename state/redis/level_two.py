"""Level 2: what this worker asks of Redis; trouble there is counted and never raised."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from redis.exceptions import RedisError

from state.changelog.cursor import Cursor
from state.redis.breaker import Breaker
from state.redis.entries import Gauges, Mark, RedisStore
from state.redis.positions import Positions

logger = logging.getLogger(__name__)

LARGEST_BODY_BYTES = 1024 * 1024  # a larger value would hold up everybody else's
_PROBE_EVERY_SECONDS = 1.0


class LevelTwo:
    """States shared by all workers, each worth something only while it provably follows the log.

    A read fetches values and the mark of how far they follow the log in one round trip. It counts
    when that is as far as this worker's own tail was ``LAG_SECONDS`` ago; what changed since then
    level 1 remembers, and the caller checks.
    """

    def __init__(self, open_store: Callable[[str], RedisStore], ttl_seconds: int) -> None:
        self.ttl_seconds = ttl_seconds
        self.hits = self.misses = 0
        self.gauges = Gauges()
        self.positions = Positions()
        self.breaker = Breaker("Level 2 (Redis)", _PROBE_EVERY_SECONDS, logger)
        self._open_store = open_store
        self._lock = threading.Lock()
        self._opened: tuple[str, RedisStore] | None = None
        self._generation = ""

    @property
    def available(self) -> bool:
        """Whether it answers and follows the log."""
        return self.breaker.is_closed and bool(self._generation)

    def get_many(self, keys: Sequence[str], cursor: Cursor) -> dict[str, tuple[int, bytes | None]]:
        """Versions and bodies by key, as of this worker's log position or a little before."""
        generation = self._generation
        if not self.available:
            return {}
        required = self.positions.required(cursor.seq)
        try:
            mark, found = self.store(cursor.epoch).read(generation, keys)
        except RedisError as error:
            self.breaker.trip(error)
            return {}
        if mark.generation != generation:
            self.know(mark)
            return {}
        return found if mark.applied >= required else {}

    def remove(self, name: str, order: int, epoch: str) -> int:
        """Carries out a cache order at once; returns how many values went (0 in trouble)."""
        if not self.available:
            return 0
        try:
            return self.store(epoch).remove(name, order)
        except RedisError as error:
            self.breaker.trip(error)
            return 0

    def count(self, hits: int, misses: int) -> None:
        """Counts keys that were looked for."""
        with self._lock:
            self.hits += hits
            self.misses += misses

    def store(self, epoch: str) -> RedisStore:
        """The values of the log with this epoch; raises RedisError."""
        opened = self._opened
        if opened is None or opened[0] != epoch:
            self._generation = ""
            opened = self._opened = (epoch, self._open_store(epoch))
        return opened[1]

    def know(self, mark: Mark) -> None:
        """Takes over which generation is the current one."""
        self._generation = mark.generation

    @property
    def generation(self) -> str:
        return self._generation

    def forget(self) -> None:
        """The tail begins anew: nothing of what is known holds."""
        self.positions.forget()
        self._generation = ""


def figures(level_two: LevelTwo | None) -> dict[str, Any]:
    """Level 2's part of the cache report; zeros without a Redis."""
    if level_two is None:
        gauges, hits, misses, ttl_seconds, available = Gauges(), 0, 0, 0, False
    else:
        available = level_two.available
        gauges = level_two.gauges if available else Gauges()
        hits, misses, ttl_seconds = level_two.hits, level_two.misses, level_two.ttl_seconds
    return {
        "hits": hits,
        "misses": misses,
        "entries": gauges.entries,
        "bytes": gauges.size_bytes,
        "maxBytes": gauges.max_bytes,
        "ttlSeconds": ttl_seconds,
        "evictions": gauges.evictions or 0,
        "available": available,
    }
