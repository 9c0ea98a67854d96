"""Figures that all pages share, recomputed at most every so often however many pages are open."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct


class Topic(Struct, frozen=True, kw_only=True):
    """What a figure is made of, and how often at most.

    ``by_itself``: it grows stale with time, and not only with changes of states.
    """

    name: str
    read: Callable[[], Any]
    every_seconds: float
    by_itself: bool = True


class Figure:
    """The shared value of a topic, with a number that grows whenever it was recomputed."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.value: Any = None
        self.number = 0
        self.stale = True
        self._computed_at = float("-inf")

    @property
    def name(self) -> str:
        return self.topic.name

    def compute(self) -> Any:
        return self.topic.read()

    def due_at(self) -> float:
        """The monotonic time of the next recomputation, infinity when nothing changed."""
        if self.stale or self.topic.by_itself:
            return self._computed_at + self.topic.every_seconds
        return float("inf")

    def begin(self, now: float) -> None:
        """Called before computing, so that what changes meanwhile makes it stale again."""
        self.stale = False
        self._computed_at = now

    def keep(self, value: Any) -> None:
        self.value = value
        self.number += 1
