"""The local cache: encoded states that a watch keeps right.

A cached read is never older than the watch lag: an entry is dropped when its change is seen, and
while the watch is down there are no entries. What fills it was read from the database (never from
a cache of the server's, which may be a second behind) while no newer version was seen.
"""

import threading
from collections import OrderedDict
from typing import Any

from lightning_client.core.call import Target


class Fill:
    """One read under way, and what was seen of its state meanwhile."""

    __slots__ = ("generation", "seen_version", "target")

    def __init__(self, target: Target, generation: int) -> None:
        self.target = target
        self.generation = generation
        self.seen_version = 0


class LocalCache:
    """Bounded by bytes; the entry that was not read for the longest time goes first.

    Safe to use from several threads.
    """

    def __init__(self, max_bytes: int = 64 * 1024 * 1024) -> None:
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[Target, tuple[int, bytes]] = OrderedDict()
        self._bytes = 0
        self._fills: dict[Target, list[Fill]] = {}
        self._generation = 0
        self._is_live = False
        self.hits = 0
        self.misses = 0

    @property
    def is_live(self) -> bool:
        """Whether the watch is up."""
        return self._is_live

    def figures(self) -> dict[str, Any]:
        """``{"live", "entries", "bytes", "hits", "misses"}``."""
        return {
            "live": self._is_live,
            "entries": len(self._entries),
            "bytes": self._bytes,
            "hits": self.hits,
            "misses": self.misses,
        }

    def read(self, target: Target) -> bytes | None:
        """The state's JSON; None when it has to be asked for."""
        with self._lock:
            entry = self._entries.get(target)
            if entry is None:
                self.misses += 1
                return None
            self._entries.move_to_end(target)
            self.hits += 1
            return entry[1]

    def begin_fill(self, target: Target) -> Fill | None:
        """Note that a read of the database begins; None when its result could not be kept."""
        with self._lock:
            if not self._is_live:
                return None
            fill = Fill(target, self._generation)
            self._fills.setdefault(target, []).append(fill)
            return fill

    def end_fill(self, fill: Fill, version: int = 0, content: bytes = b"") -> None:
        """Keep what was read, unless something newer was seen meanwhile; nothing: give it up."""
        with self._lock:
            fills = self._fills[fill.target]
            fills.remove(fill)
            if not fills:
                del self._fills[fill.target]
            is_current = fill.generation == self._generation and version >= fill.seen_version
            if not content or not is_current or len(content) > self.max_bytes:
                return
            there = self._entries.get(fill.target)
            if there is not None and there[0] >= version:
                return
            self._drop(fill.target)
            self._entries[fill.target] = (version, content)
            self._bytes += len(content)
            while self._bytes > self.max_bytes:
                self._drop(next(iter(self._entries)))

    def saw(self, target: Target, version: int) -> None:
        """A version is known to exist: whatever is older goes."""
        with self._lock:
            for fill in self._fills.get(target, ()):
                fill.seen_version = max(fill.seen_version, version)
            entry = self._entries.get(target)
            if entry is not None and entry[0] < version:
                self._drop(target)

    def forget(self, target: Target) -> None:
        """The state was deleted: whatever is known of it goes."""
        with self._lock:
            for fill in self._fills.get(target, ()):
                fill.generation = -1
            self._drop(target)

    def watch_is_up(self) -> None:
        """From now on every change will be seen."""
        with self._lock:
            self._is_live = True

    def watch_is_down(self) -> None:
        """Changes may go unseen: nothing is kept."""
        with self._lock:
            self._is_live = False
            self._generation += 1
            self._entries.clear()
            self._bytes = 0

    def _drop(self, target: Target) -> None:
        entry = self._entries.pop(target, None)
        if entry is not None:
            self._bytes -= len(entry[1])
