"""Level 1: encoded states in this process, bounded in bytes, never going back in version."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from state.cache.reading import Reading

OLDEST_FILL_SECONDS = 1.0
REMEMBERED_SECONDS = 4.0
"""For at least so long it is known which version a key had, entry or not."""

_UNKNOWN_TTL_SECONDS = 5.0
_ENTRY_OVERHEAD_BYTES = 340  # key, entry, body and map beside their text: see test_cache_l1
_LARGEST_SHARE = 8  # one entry takes at most this part of the whole
_KEYS_A_TURN = 1000


@dataclass(frozen=True, slots=True)
class Entry(Reading):
    """A cached reading; at version 0 it is the knowledge that an id was never written."""

    expires_at: float
    size_bytes: int


class LevelOne:
    """A thread-safe LRU cache of readings by key (``agent_state:<id>``).

    Which version a key had is remembered for longer than a fill may take, after an invalidation
    and after an eviction alike: a fill that read the database before cannot land after it.
    """

    def __init__(self, max_bytes: int, ttl_seconds: float) -> None:
        self.max_bytes = max_bytes
        self.ttl_seconds = ttl_seconds
        self.hits = self.misses = self.evictions = 0
        self.size_bytes = 0
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._recent: dict[str, int] = {}
        self._older: dict[str, int] = {}
        self._rotated_at = time.monotonic()
        self._removed_at: dict[str, float] = {}
        self._cleared_at = float("-inf")

    @property
    def entry_count(self) -> int:
        return len(self._entries)

    def get(self, key: str, now: float, floor: int = 0, *, counted: bool = True) -> Entry | None:
        """The entry of a key at monotonic ``now``, or None; below version ``floor`` it is none."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and entry.expires_at > now and entry.version >= floor:
                self._entries.move_to_end(key)
                if counted:
                    self.hits += 1
                return entry
            if counted:
                self.misses += 1
            return None

    def count_miss(self) -> None:
        """Counts a read that may not be answered from here, whatever is in it."""
        with self._lock:
            self.misses += 1

    def known_version(self, key: str) -> int:
        """The highest version this process has heard of lately; -1: none."""
        entry = self._entries.get(key)
        cached = -1 if entry is None else entry.version
        return max(cached, self._recent.get(key, -1), self._older.get(key, -1))

    def put_if_newer(self, key: str, version: int, body: bytes | None, asked_at: float) -> bool:
        """Keeps a state read or written at monotonic ``asked_at``, unless a newer is known."""
        now = time.monotonic()
        ttl = self.ttl_seconds if version else min(_UNKNOWN_TTL_SECONDS, self.ttl_seconds)
        size = _ENTRY_OVERHEAD_BYTES + len(key) + len(body or b"")
        entry = Entry(version, body, "L1", now + ttl, size)
        with self._lock:
            self._rotate(now)
            if now - asked_at > OLDEST_FILL_SECONDS or asked_at <= self._barred_until(key):
                return False
            if self.known_version(key) > version:
                return False
            self._drop(key)
            if size > self.max_bytes // _LARGEST_SHARE:
                self._remember(key, version)
                return False
            self._entries[key] = entry
            self.size_bytes += size
            self._shrink()
            return True

    def invalidate(self, changes: Iterable[tuple[str, int]]) -> None:
        """Each key is at this version now: anything older goes, and older fills will not land."""
        now = time.monotonic()
        with self._lock:
            self._rotate(now)
            for key, version in changes:
                self._remember(key, version)
                entry = self._entries.get(key)
                if entry is not None and entry.version < version:
                    self._drop(key)

    def remove(self, name: str) -> int:
        """Drops a key, or every key of a category (the part before the colon), and bars fills
        under way; returns how many entries went.
        """
        with self._lock:
            self._removed_at[name] = time.monotonic()
            keys = [name] if ":" in name else list(self._entries)
        if ":" not in name:
            prefix = f"{name}:"
            keys = [key for key in keys if key.startswith(prefix)]
        gone = 0
        # In turns: a cache of a million entries must not stop every reader meanwhile.
        for start in range(0, len(keys), _KEYS_A_TURN):
            with self._lock:
                for key in keys[start : start + _KEYS_A_TURN]:
                    entry = self._drop(key)
                    if entry is not None:
                        self._remember(key, entry.version)
                        gone += 1
        return gone

    def clear(self) -> None:
        """Drops everything, what was remembered and fills under way included."""
        with self._lock:
            self._entries.clear()
            self.size_bytes = 0
            self._recent, self._older = {}, {}
            self._cleared_at = time.monotonic()

    def _shrink(self) -> None:
        while self.size_bytes > self.max_bytes:
            key, entry = self._entries.popitem(last=False)
            self.size_bytes -= entry.size_bytes
            self.evictions += 1
            self._remember(key, entry.version)

    def _drop(self, key: str) -> Entry | None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.size_bytes -= entry.size_bytes
        return entry

    def _barred_until(self, key: str) -> float:
        if not self._removed_at:
            return self._cleared_at
        category = key.partition(":")[0]
        removed = self._removed_at
        return max(self._cleared_at, removed.get(key, 0.0), removed.get(category, 0.0))

    def _remember(self, key: str, version: int) -> None:
        if version > self._recent.get(key, -1):
            self._recent[key] = version

    def _rotate(self, now: float) -> None:
        if now - self._rotated_at < REMEMBERED_SECONDS:
            return
        self._older, self._recent = self._recent, {}
        self._rotated_at = now
        # A fill from before that time is too old to land anyway.
        self._removed_at = {
            name: at for name, at in self._removed_at.items() if now - at <= OLDEST_FILL_SECONDS
        }
