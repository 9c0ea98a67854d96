"""Level 1: encoded states in this process, bounded in bytes, never going back in version."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from state.cache.reading import Reading
from state.cache.tuning import Choice, fixed
from state.domain.cache_keys import CATEGORIES

OLDEST_FILL_SECONDS = 1.0
REMEMBERED_SECONDS = 4.0
"""For at least so long it is known which version a key had, entry or not."""

_UNKNOWN_TTL_SECONDS = 5.0
_ENTRY_OVERHEAD_BYTES = 340  # key, entry, body and map beside their text: see test_cache_l1
_LARGEST_SHARE = 8  # one entry takes at most this part of the whole
_KEYS_A_TURN = 1000


class Entry(Reading, frozen=True):
    """A cached reading; at version 0 it is the knowledge that an id was never written."""

    expires_at: float
    size_bytes: int


@dataclass(slots=True)
class Line:
    """The entries of one kind, the least recently read first, and how they are read."""

    choice: Choice
    entries: OrderedDict[str, Entry] = field(default_factory=OrderedDict)
    size_bytes: int = 0
    hits: int = 0
    misses: int = 0

    @property
    def excess(self) -> float:
        """How far it is above its share: the largest gives way."""
        return self.size_bytes / self.choice.share


class LevelOne:
    """A thread-safe cache of readings by key (``agent_state:<id>``), each kind with its share.

    A kind may use what the others leave; when level 1 is full, the one that is furthest above its
    share gives its least recently read entries.

    Which version a key had is remembered for longer than a fill may take, after an invalidation
    and after an eviction alike: a fill that read the database before cannot land after it.
    """

    def __init__(self, max_bytes: int, ttl_seconds: float) -> None:
        self.max_bytes = max_bytes
        self.ttl_seconds = ttl_seconds
        self.evictions = 0
        self.size_bytes = 0
        self._lock = threading.Lock()
        choices = fixed(dict.fromkeys(CATEGORIES.values()), ttl_seconds)
        self._lines = {category: Line(choice) for category, choice in choices.items()}
        self._recent: dict[str, int] = {}
        self._older: dict[str, int] = {}
        self._rotated_at = time.monotonic()
        self._removed_at: dict[str, float] = {}
        self._cleared_at = float("-inf")

    @property
    def entry_count(self) -> int:
        return sum(len(line.entries) for line in self._lines.values())

    @property
    def hits(self) -> int:
        return sum(line.hits for line in self._lines.values())

    @property
    def misses(self) -> int:
        return sum(line.misses for line in self._lines.values())

    @property
    def lines(self) -> Mapping[str, Line]:
        """The kinds' lines by category, to look at."""
        return self._lines

    def choose(self, choices: Mapping[str, Choice]) -> None:
        """Other shares and times to live by category, for what is put from now on."""
        with self._lock:
            for category, choice in choices.items():
                self._lines[category].choice = choice

    def get(self, key: str, now: float, floor: int = 0, *, counted: bool = True) -> Entry | None:
        """The entry of a key at monotonic ``now``, or None; below version ``floor`` it is none."""
        line = self._lines[key.partition(":")[0]]
        with self._lock:
            entry = line.entries.get(key)
            if entry is not None and entry.expires_at > now and entry.version >= floor:
                line.entries.move_to_end(key)
                if counted:
                    line.hits += 1
                return entry
            if counted:
                line.misses += 1
            return None

    def count_miss(self, key: str) -> None:
        """Counts a read that may not be answered from here, whatever is in it."""
        with self._lock:
            self._line(key).misses += 1

    def known_version(self, key: str) -> int:
        """The highest version this process has heard of lately; -1: none."""
        entry = self._line(key).entries.get(key)
        cached = -1 if entry is None else entry.version
        return max(cached, self._recent.get(key, -1), self._older.get(key, -1))

    def put_if_newer(self, key: str, version: int, body: bytes | None, asked_at: float) -> bool:
        """Keeps a state read or written at monotonic ``asked_at``, unless a newer is known."""
        now = time.monotonic()
        line = self._line(key)
        ttl = line.choice.ttl_seconds
        if not version:
            ttl = min(_UNKNOWN_TTL_SECONDS, ttl)
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
            line.entries[key] = entry
            line.size_bytes += size
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
                entry = self._line(key).entries.get(key)
                if entry is not None and entry.version < version:
                    self._drop(key)

    def remove(self, name: str) -> int:
        """Drops a key, or every key of a category (the part before the colon), and bars fills
        under way; returns how many entries went.
        """
        with self._lock:
            self._removed_at[name] = time.monotonic()
            line = self._lines.get(name)
            keys = [name] if ":" in name else list(line.entries) if line is not None else []
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
            for line in self._lines.values():
                line.entries.clear()
                line.size_bytes = 0
            self.size_bytes = 0
            self._recent, self._older = {}, {}
            self._cleared_at = time.monotonic()

    def resize(self, max_bytes: int) -> None:
        """Another size from now on; what is too much goes, the least recently read first."""
        with self._lock:
            self.max_bytes = max_bytes
        # In turns: readers must not wait for a million evictions.
        while self.size_bytes > max_bytes:
            with self._lock:
                self._shrink(_KEYS_A_TURN)

    def _shrink(self, most: int | None = None) -> None:
        while self.size_bytes > self.max_bytes and most != 0:
            line = max(self._lines.values(), key=lambda one: one.excess)
            key, entry = line.entries.popitem(last=False)
            line.size_bytes -= entry.size_bytes
            self.size_bytes -= entry.size_bytes
            self.evictions += 1
            self._remember(key, entry.version)
            most = None if most is None else most - 1

    def _drop(self, key: str) -> Entry | None:
        line = self._lines.get(key.partition(":")[0])
        entry = line.entries.pop(key, None) if line is not None else None
        if line is not None and entry is not None:
            line.size_bytes -= entry.size_bytes
            self.size_bytes -= entry.size_bytes
        return entry

    def _line(self, key: str) -> Line:
        return self._lines[key.partition(":")[0]]

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
