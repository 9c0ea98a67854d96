"""What the workers of one ``serve`` know of each other's writes: a table in shared memory."""

import fcntl
import mmap
import os
import threading
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

ENVIRONMENT_VARIABLE = "LIGHTNING_SHARED_TABLE"
_SLOTS = 1 << 20  # 16 MiB at most, of the pages whose keys were read or written
_TABLE_BYTES = _SLOTS * 16
_HELD_NANOSECONDS = 3_000_000_000  # longer than a worker may serve what its tail has not confirmed
_STILL_HELD_NANOSECONDS = 2_000_000_000


class SharedVersions:
    """A slot per hash of a key: the highest version written lately, and until when that counts.

    It is raised before a version is shown to anybody, so that no other worker answers with an
    older copy. After the hold every worker's tail has the change. Two keys in one slot cost a
    miss, nothing else.

    A writer holds a lock and sets the version before the time; a reader takes no lock and reads
    the time before the version, so it never pairs a new time with an old version. Aligned 8-byte
    accesses are not torn. The monotonic clock is one for all processes of a machine.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b")
        self._memory = mmap.mmap(self._file.fileno(), _TABLE_BYTES)
        self._slots = memoryview(self._memory).cast("Q")
        self._lock = threading.Lock()  # flock is between processes

    @staticmethod
    def create(path: Path) -> None:
        """Makes an empty table for the workers to open; one that is there is emptied."""
        with path.open("wb") as file:
            file.truncate(_TABLE_BYTES)

    @classmethod
    def from_environment(cls) -> "SharedVersions | None":
        """The table that ``serve`` has made for its workers; None for a worker alone."""
        path = os.environ.get(ENVIRONMENT_VARIABLE)
        return cls(Path(path)) if path else None

    def floor(self, key: str) -> int:
        """The version below which a copy of this key must not be shown; 0: any may."""
        slot = (zlib.crc32(key.encode()) & (_SLOTS - 1)) * 2
        if self._slots[slot + 1] < time.monotonic_ns():
            return 0
        return self._slots[slot]

    def raise_to(self, changes: Iterable[tuple[str, int]]) -> None:
        """Each key is at this version, for all workers."""
        now = time.monotonic_ns()
        slots = self._slots
        due = []
        for key, version in changes:
            slot = (zlib.crc32(key.encode()) & (_SLOTS - 1)) * 2
            # The other workers' tails bring the same news: most are there already.
            if slots[slot + 1] < now + _STILL_HELD_NANOSECONDS or slots[slot] < version:
                due.append((slot, version))
        if not due:
            return
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                for slot, version in due:
                    if slots[slot + 1] < now or slots[slot] < version:
                        slots[slot] = version
                    slots[slot + 1] = max(slots[slot + 1], now + _HELD_NANOSECONDS)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Lets go of the memory."""
        self._slots.release()
        self._memory.close()
        self._file.close()
