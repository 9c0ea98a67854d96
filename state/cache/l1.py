"""Level 1: encoded states in this process, bounded in bytes, never going back in version."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from cachetools import LRUCache

OLDEST_FILL_SECONDS = 1.0
_ENTRY_OVERHEAD_BYTES = 350  # the key, the entry and the map around it, measured with tracemalloc
_UNKNOWN_TTL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A cached state: its JSON at a version; without a body, the knowledge that there is none."""

    version: int
    body: bytes | None
    expires_at: float


def _size(entry: Entry) -> int:
    return _ENTRY_OVERHEAD_BYTES + len(entry.body or b"")


class LevelOne:
    """A thread-safe cache of entries by key (``agent_state:<id>``).

    What an invalidation said is remembered for longer than a fill may take, so that a fill that
    read the database before the change cannot land after it, evicted entry or not.
    """

    def __init__(self, max_bytes: int, ttl_seconds: float) -> None:
        self.max_bytes = max_bytes
        self.ttl_seconds = ttl_seconds
        self.hits = self.misses = self.evictions = 0
        self._lock = threading.Lock()
        self._entries: LRUCache[str, Entry] = LRUCache(max_bytes, getsizeof=_size)
        self._recent: dict[str, int] = {}
        self._older: dict[str, int] = {}
        self._rotated_at = time.monotonic()
        self._cleared_at = float("-inf")

    def get(self, key: str) -> Entry | None:
        """The entry of a key, or None; counts a hit or a miss."""
        now = time.monotonic()
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and entry.expires_at > now:
                self.hits += 1
                return entry
            self.misses += 1
            return None

    def put_if_newer(self, key: str, version: int, body: bytes | None, asked_at: float) -> None:
        """Keeps a state read or written at monotonic ``asked_at``, unless a newer is known."""
        now = time.monotonic()
        ttl = self.ttl_seconds if version else min(_UNKNOWN_TTL_SECONDS, self.ttl_seconds)
        entry = Entry(version, body, now + ttl)
        with self._lock:
            if now - asked_at > OLDEST_FILL_SECONDS or asked_at < self._cleared_at:
                return
            if self._known_version(key) > version or _size(entry) > self.max_bytes:
                return
            before = len(self._entries) + (key not in self._entries)
            self._entries[key] = entry
            self.evictions += before - len(self._entries)

    def invalidate(self, changes: Iterable[tuple[str, int]]) -> None:
        """Each key is at this version now: anything older goes, and older fills will not land."""
        with self._lock:
            self._rotate()
            for key, version in changes:
                if version > self._recent.get(key, -1):
                    self._recent[key] = version
                entry = self._entries.get(key)
                if entry is not None and entry.version < version:
                    del self._entries[key]

    def remove(self, key: str) -> int:
        """Drops one key, whatever its version; returns how many entries went (0 or 1)."""
        with self._lock:
            return 0 if self._entries.pop(key, None) is None else 1

    def remove_category(self, category: str) -> int:
        """Drops every key of a category (the part before the colon); returns how many went."""
        prefix = f"{category}:"
        with self._lock:
            gone = [key for key in self._entries if key.startswith(prefix)]
            for key in gone:
                del self._entries[key]
            return len(gone)

    def clear(self) -> None:
        """Drops everything, fills under way included."""
        with self._lock:
            self._entries.clear()
            self._cleared_at = time.monotonic()

    @property
    def entry_count(self) -> int:
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        return int(self._entries.currsize)

    def _known_version(self, key: str) -> int:
        entry = self._entries.get(key)
        cached = -1 if entry is None else entry.version
        return max(cached, self._recent.get(key, -1), self._older.get(key, -1))

    def _rotate(self) -> None:
        now = time.monotonic()
        if now - self._rotated_at > 2 * OLDEST_FILL_SECONDS:
            self._older, self._recent = self._recent, {}
            self._rotated_at = now
