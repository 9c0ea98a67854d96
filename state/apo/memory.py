"""What to do about the memory in use: shrink level 1 first, then shed load, with hysteresis."""

from dataclasses import dataclass
from enum import StrEnum

_RELAXED = 0.85
"""Below this part of the limit level 1 grows back; between it and the limit nothing changes."""

_SHRINK = 0.75
_GROW = 1.1
_SMALLEST_SHARE = 1 / 16


class Pressure(StrEnum):
    NORMAL = "normal"
    SHRINKING = "shrinking"
    SHEDDING = "shedding"


@dataclass(slots=True)
class MemoryWatch:
    """Decides from the resident bytes of a process how large its level 1 may be.

    Above the limit the cache is cut round by round; when it is as small as it gets and memory is
    still above the limit, load is shed until it is ``_RELAXED`` of the limit again.
    """

    limit_bytes: int
    cache_limit_bytes: int
    cache_bytes: int = 0
    pressure: Pressure = Pressure.NORMAL

    def __post_init__(self) -> None:
        self.cache_bytes = self.cache_bytes or self.cache_limit_bytes

    @property
    def is_shedding(self) -> bool:
        return self.pressure is Pressure.SHEDDING

    def resize(self, limit_bytes: int, cache_limit_bytes: int) -> None:
        """This process has another share of the instance's limits."""
        self.limit_bytes = limit_bytes
        self.cache_limit_bytes = cache_limit_bytes
        if self.pressure is Pressure.NORMAL:
            self.cache_bytes = cache_limit_bytes
        else:
            self.cache_bytes = min(self.cache_bytes, cache_limit_bytes)

    def observe(self, resident_bytes: int, used_cache_bytes: int) -> int:
        """How many bytes level 1 may have now; ``pressure`` says what else."""
        smallest = int(self.cache_limit_bytes * _SMALLEST_SHARE)
        if resident_bytes > self.limit_bytes:
            if self.cache_bytes <= smallest:
                self.pressure = Pressure.SHEDDING
            else:
                if self.pressure is Pressure.NORMAL:
                    self.pressure = Pressure.SHRINKING
                # From what it uses: cutting room that it does not fill would free nothing.
                used = min(self.cache_bytes, used_cache_bytes)
                self.cache_bytes = max(smallest, int(used * _SHRINK))
        elif resident_bytes < self.limit_bytes * _RELAXED:
            self.cache_bytes = min(self.cache_limit_bytes, int(self.cache_bytes * _GROW) + 1)
            if self.cache_bytes == self.cache_limit_bytes:
                self.pressure = Pressure.NORMAL
            elif self.pressure is Pressure.SHEDDING:
                self.pressure = Pressure.SHRINKING
        return self.cache_bytes
