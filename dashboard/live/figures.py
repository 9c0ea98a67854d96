"""Figures that all pages share, recomputed at most every so often however many pages are open."""

from collections.abc import Callable
from typing import Any

COUNTS_SECONDS = 0.25
CACHE_SECONDS = 0.9


class Figure:
    """One shared value with a number that grows whenever it was recomputed."""

    def __init__(self, name: str, compute: Callable[[], Any], every_seconds: float) -> None:
        self.name = name
        self.compute = compute
        self.every_seconds = every_seconds
        self.value: Any = None
        self.number = 0
        self.stale = True
        self._computed_at = float("-inf")

    def due_at(self) -> float:
        """The monotonic time of the next recomputation, infinity when nothing changed."""
        return self._computed_at + self.every_seconds if self.stale else float("inf")

    def begin(self, now: float) -> None:
        """Called before computing, so that what changes meanwhile makes it stale again."""
        self.stale = False
        self._computed_at = now

    def keep(self, value: Any) -> None:
        self.value = value
        self.number += 1
