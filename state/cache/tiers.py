"""The levels together: a read goes down them, one flight per missing key, and fills them back."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from state.cache.keys import state_key
from state.cache.l1 import LevelOne
from state.changelog.events import ChangeEvent
from state.changelog.tail import Tail
from state.domain.kinds import Kind
from state.store import StoredState

Fetch = Callable[[Kind, Sequence[str]], Mapping[str, StoredState]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A state as it was read; no ``body``: there is none. ``level``: ``L1``, ``L2`` or ``DB``."""

    version: int
    body: bytes | None
    level: str


class Tiers:
    """Reads states through the caches; the tail keeps them from growing stale."""

    def __init__(self, level_one: LevelOne, tail: Tail, fetch: Fetch) -> None:
        self.level_one = level_one
        self.database_reads = 0
        self._tail = tail
        self._fetch = fetch
        self._flights: dict[str, Future[Reading]] = {}
        self._lock = threading.Lock()
        tail.subscribe(self._apply_events)

    def peek(self, kind: Kind, state_id: str) -> Reading | None:
        """What level 1 holds of a state, when that may be served."""
        if not self._tail.is_current():
            self.level_one.misses += 1
            return None
        entry = self.level_one.get(state_key(kind, state_id))
        return None if entry is None else Reading(entry.version, entry.body, "L1")

    def read(
        self, kind: Kind, ids: Sequence[str], *, fresh: bool = False, min_version: int = 0
    ) -> dict[str, Reading]:
        """The states with these ids, through the caches; ``fresh`` goes to the database."""
        self._tail.start()
        if fresh:
            return self._read_database(kind, ids)
        readings: dict[str, Reading] = {}
        missing = []
        for state_id in ids:
            reading = self.peek(kind, state_id)
            if reading is not None and reading.version >= min_version:
                readings[state_id] = reading
            else:
                missing.append(state_id)
        if missing and min_version:
            readings |= self._read_database(kind, missing)
        elif missing:
            readings |= self._fly(kind, missing)
        return readings

    def wrote(self, kind: Kind, state_id: str, version: int, body: bytes | None) -> None:
        """Takes over a state this process has just committed, so that it reads its own writes.

        Without a body the older copy goes and the next read fetches.
        """
        key = state_key(kind, state_id)
        self.level_one.invalidate([(key, version)])
        if body is not None:
            self.level_one.put_if_newer(key, version, body, time.monotonic())

    def forget(self, kind: Kind, state_id: str, version: int) -> None:
        """A state is deleted as of this version."""
        self.level_one.invalidate([(state_key(kind, state_id), version)])

    def _fly(self, kind: Kind, ids: Sequence[str]) -> dict[str, Reading]:
        """Fetches what nobody is fetching, and waits for what somebody is."""
        own: dict[str, Future[Reading]] = {}
        joined: dict[str, Future[Reading]] = {}
        with self._lock:
            for state_id in ids:
                key = state_key(kind, state_id)
                flight = self._flights.get(key)
                if flight is None:
                    own[state_id] = self._flights[key] = Future()
                else:
                    joined[state_id] = flight
        readings: dict[str, Reading] = {}
        if own:
            try:
                readings = self._read_database(kind, list(own))
                for state_id, flight in own.items():
                    flight.set_result(readings[state_id])
            except BaseException as error:
                for flight in own.values():
                    flight.set_exception(error)
                raise
            finally:
                with self._lock:
                    for state_id in own:
                        del self._flights[state_key(kind, state_id)]
        for state_id, flight in joined.items():
            readings[state_id] = flight.result()
        return readings

    def _read_database(self, kind: Kind, ids: Sequence[str]) -> dict[str, Reading]:
        asked_at = time.monotonic()
        self.database_reads += 1
        stored = self._fetch(kind, ids)
        readings = {}
        for state_id in ids:
            state = stored.get(state_id)
            version, body = (0, None) if state is None else (state.version, state.body)
            self.level_one.put_if_newer(state_key(kind, state_id), version, body, asked_at)
            readings[state_id] = Reading(version, body, "DB")
        return readings

    def _apply_events(self, events: Sequence[ChangeEvent]) -> None:
        if not events:
            self.level_one.clear()
            return
        self.level_one.invalidate(
            (state_key(Kind(event.kind), event.state_id), event.version) for event in events
        )
