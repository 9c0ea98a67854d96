"""One flight per missing key: who comes while a key is being fetched waits for that."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from state.cache.reading import Reading

_JOINABLE_SECONDS = 0.5  # who joins gets what was true when the flight began


@dataclass(slots=True)
class Flight:
    """A fetch under way; ``floor`` is the version that was known when it began."""

    floor: int
    started_at: float = field(default_factory=time.monotonic)
    landing: "Future[Reading]" = field(default_factory=Future)


class Flights:
    """The fetches under way in this process, by key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[str, Flight] = {}

    def board(
        self, wanted: Sequence[tuple[str, int]]
    ) -> tuple[dict[str, Flight], dict[str, Flight]]:
        """Own flights to fly and to land, and others' to wait for, by key.

        ``wanted`` are keys with the version now known of each. A flight that began before a newer
        version was known may bring an older one: nobody joins it any more.
        """
        own: dict[str, Flight] = {}
        joined: dict[str, Flight] = {}
        now = time.monotonic()
        with self._lock:
            for key, floor in wanted:
                flight = self._flights.get(key)
                if (
                    flight is None
                    or flight.floor < floor
                    or now - flight.started_at > _JOINABLE_SECONDS
                ):
                    own[key] = self._flights[key] = Flight(floor)
                else:
                    joined[key] = flight
        return own, joined

    def land(self, own: dict[str, Flight], readings: dict[str, Reading]) -> None:
        """Gives the readings to those who wait."""
        self._end(own)
        for key, flight in own.items():
            flight.landing.set_result(readings[key])

    def fail(self, own: dict[str, Flight], error: BaseException) -> None:
        """Those who wait get the error."""
        self._end(own)
        for flight in own.values():
            flight.landing.set_exception(error)

    def _end(self, own: dict[str, Flight]) -> None:
        with self._lock:
            for key, flight in own.items():
                if self._flights.get(key) is flight:
                    del self._flights[key]
