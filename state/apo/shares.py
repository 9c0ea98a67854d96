"""What one worker may use of its instance's limits: settings are of the instance."""

import math
from dataclasses import dataclass

from django.conf import settings

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Share:
    """One worker's part of slots, queue, cache and memory (bytes)."""

    concurrent: int
    queue: int
    cache_bytes: int
    memory_bytes: int


def share_of(workers: int) -> Share:
    """What each of so many workers may use."""
    return Share(
        math.ceil(settings.LIGHTNING_MAX_CONCURRENT_TASKS / workers),
        math.ceil(settings.LIGHTNING_MAX_QUEUE / workers),
        settings.LIGHTNING_CACHE_SIZE_MB * _MB // workers,
        settings.LIGHTNING_MAX_MEMORY_MB * _MB // workers,
    )
