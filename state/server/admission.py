"""How many connections a worker keeps, and who has to go when there are more."""

import heapq
import logging
import resource
from collections.abc import Collection
from enum import Enum, auto
from typing import Any

from django.conf import settings
from uvicorn.server import ServerState

logger = logging.getLogger(__name__)

_IDLE_AT_LEAST_SECONDS = 1.0
_FILES_OF_OUR_OWN = 256
_LOOK_AGAIN_SECONDS = 0.25


class Seat(Enum):
    """What a new connection gets."""

    REGULAR = auto()
    RESERVED = auto()
    """For health, and for operators: the others are told that the instance is full."""
    NONE = auto()


class Admission:
    """Counts a worker's connections, those of WebSockets too.

    When all are taken, those that have been silent for longest are closed for the new ones, at
    first those that never asked for anything. Where nobody is silent, a reserve is left.

    Args:
        connections: the open ones.
        most: how many there may be.
    """

    def __init__(self, connections: Collection[Any], most: int) -> None:
        self._connections = connections
        self._most = most
        self._regular = most - max(2, min(most // 10, 200))
        self._step = max(1, most // 100)
        self._made_room = 0
        self._look_not_before = float("-inf")

    def seat_for(self, newcomer: Any, now: float) -> Seat:
        """The seat of one that is among the connections already."""
        count = len(self._connections)
        if count <= self._regular:
            self._made_room = 0
            return Seat.REGULAR
        if self._made_room > 0 or self._make_room(newcomer, now):
            self._made_room -= 1
            return Seat.REGULAR
        return Seat.RESERVED if count <= self._most else Seat.NONE

    def _make_room(self, newcomer: Any, now: float) -> bool:
        if now < self._look_not_before:
            return False
        silent = [
            (one.has_served, one.idle_since, id(one), one)
            for one in self._connections
            if one is not newcomer
            and getattr(one, "idle_since", None) is not None
            and now - one.idle_since >= _IDLE_AT_LEAST_SECONDS
        ]
        for *_, one in heapq.nsmallest(self._step, silent):
            one.transport.close()
        self._made_room = min(self._step, len(silent))
        if not silent:
            self._look_not_before = now + _LOOK_AGAIN_SECONDS
        return bool(silent)


class AdmittingState(ServerState):
    """What uvicorn's connections share, with their admission."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.admission = Admission(self.connections, most)


def connections_allowed() -> int:
    """A worker's share of an instance's connections, or what the system lets it have."""
    wanted: int = settings.LIGHTNING_MAX_CONNECTIONS
    share = -(-wanted // settings.LIGHTNING_WORKERS)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = share + _FILES_OF_OUR_OWN
    if hard != resource.RLIM_INFINITY and files > hard:
        logger.warning(
            "LIGHTNING_MAX_CONNECTIONS is %d, but a process may open %d files only (ulimit -n).",
            wanted,
            hard,
        )
        files = hard
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return max(files - _FILES_OF_OUR_OWN, 8)
