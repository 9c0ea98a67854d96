"""How many agents there are of each type: a facet of the list."""

import threading
import time
from typing import Any

from msgspec import Struct

from dashboard.parts.numbers import count
from state.store.fetch import run_query

MOST_TYPES = 12
KEPT_SECONDS = 5.0


class TypeCount(Struct, kw_only=True):
    agent_type: str
    text: str
    url: str
    is_current: bool


class TypeCounts:
    """The most frequent types, counted every few seconds at most however many pages are open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted_at = float("-inf")
        self._rows: list[tuple[str, int]] = []

    def read(self) -> list[tuple[str, int]]:
        with self._lock:
            if time.monotonic() - self._counted_at > KEPT_SECONDS:
                self._rows = _count_types()
                self._counted_at = time.monotonic()
            return self._rows


type_counts = TypeCounts()


def _count_types() -> list[tuple[str, int]]:
    rows: list[Any] = run_query(
        "select agent_type, count(*) from state_agentstate where live"
        " group by agent_type order by count(*) desc, agent_type limit %s",
        [MOST_TYPES],
    )
    return [(agent_type, number) for agent_type, number in rows]


def present_types(link: Any, current: str, rows: list[tuple[str, int]]) -> list[TypeCount]:
    """The facet; ``link`` makes the list's URL with another ``agentType``."""
    if current and current not in dict(rows):
        rows = [*rows, (current, 0)]
    return [
        TypeCount(
            agent_type=agent_type,
            text=count(number),
            url=link("" if agent_type == current else agent_type),
            is_current=agent_type == current,
        )
        for agent_type, number in rows
    ]
