"""Records timed reads and writes of versioned states, and checks what they tell about time."""

import math
import threading
from collections import defaultdict
from dataclasses import dataclass, field

OPEN = math.inf
"""The end of a write whose answer never came: it may have landed, or may still land."""


@dataclass(frozen=True, slots=True)
class Write:
    """An attempt to write; ``mark`` is the content it would leave; no version: no answer."""

    path: str
    mark: str
    began: float
    ended: float = OPEN
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """An answered read: the version it showed and the mark it found there."""

    path: str
    client: str
    fresh: bool
    began: float
    ended: float
    version: int
    mark: str


@dataclass
class History:
    """What many clients did and saw, with the clock of one machine."""

    writes: list[Write] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, operation: Write | Read) -> None:
        with self._lock:
            if isinstance(operation, Write):
                self.writes.append(operation)
            else:
                self.reads.append(operation)

    def violations(self) -> list[str]:
        """Everything that cannot have happened in a store that keeps its promises."""
        return [
            *self._two_writes_of_one_version(),
            *self._writes_out_of_order(),
            *self._reads_of_what_nobody_wrote(),
            *self._fresh_reads_out_of_order(),
            *self._clients_that_went_back(),
        ]

    def staleness(self) -> list[float]:
        """For each cached read: how long ago something newer had been acknowledged; 0: nothing."""
        acknowledged = defaultdict(list)
        for write in self.writes:
            if write.version is not None:
                acknowledged[write.path].append((write.version, write.ended))
        ages = []
        for read in self.reads:
            if not read.fresh:
                newer = [end for version, end in acknowledged[read.path] if version > read.version]
                ages.append(max(0.0, read.began - min(newer, default=OPEN)))
        return ages

    def _two_writes_of_one_version(self) -> list[str]:
        seen: dict[tuple[str, int], Write] = {}
        found = []
        for write in self.writes:
            if write.version is None:
                continue
            twin = seen.setdefault((write.path, write.version), write)
            if twin is not write:
                found.append(f"one version acknowledged twice: {twin} and {write}")
        return found

    def _writes_out_of_order(self) -> list[str]:
        """A write that began after another had ended has the higher version."""
        found = []
        for path in {write.path for write in self.writes}:
            acknowledged = [w for w in self.writes if w.path == path and w.version is not None]
            ended = sorted(acknowledged, key=lambda write: write.ended)
            highest, place = 0, 0
            for write in sorted(acknowledged, key=lambda write: write.began):
                while place < len(ended) and ended[place].ended < write.began:
                    highest = max(highest, ended[place].version or 0)
                    place += 1
                if (write.version or 0) <= highest:
                    found.append(f"version {highest} was acknowledged before {write} began")
        return found

    def _reads_of_what_nobody_wrote(self) -> list[str]:
        """A version holds what its writer wrote, and is not read before that writer began.

        A write without an answer may be what a version holds, but of one version only.
        """
        writers = {(write.path, write.mark): write for write in self.writes}
        landed: dict[tuple[str, str], int] = {}
        found = []
        for read in self.reads:
            write = writers.get((read.path, read.mark))
            if write is None:
                found.append(f"nobody wrote {read}")
            elif write.began > read.ended:
                found.append(f"{read} came before {write}")
            elif write.version not in (None, read.version):
                found.append(f"{read} shows another version than {write}")
            elif landed.setdefault((read.path, read.mark), read.version) != read.version:
                found.append(f"{write} landed twice: {read}")
        return found

    def _fresh_reads_out_of_order(self) -> list[str]:
        """What ended before a no-cache read began, it has seen: writes and earlier such reads."""
        found = []
        for path in {read.path for read in self.reads}:
            ends = sorted(
                (operation.ended, operation.version or 0)
                for operation in (*self.writes, *(read for read in self.reads if read.fresh))
                if operation.path == path and operation.ended != OPEN
            )
            highest, place = 0, 0
            fresh = [read for read in self.reads if read.path == path and read.fresh]
            for read in sorted(fresh, key=lambda one: one.began):
                while place < len(ends) and ends[place][0] < read.began:
                    highest = max(highest, ends[place][1])
                    place += 1
                if read.version < highest:
                    found.append(f"version {highest} was known before {read} began")
        return found

    def _clients_that_went_back(self) -> list[str]:
        """Each client of one instance, cached reads and fresh ones together."""
        latest: dict[tuple[str, str], int] = {}
        found = []
        for read in sorted(self.reads, key=lambda one: one.began):
            place = (read.client, read.path)
            if read.version < latest.get(place, 0):
                found.append(f"{read} after version {latest[place]}")
            latest[place] = read.version
        return found
