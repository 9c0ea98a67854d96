"""The levels together: a read goes down them, one flight per missing key, and fills them back."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import connection

from state.cache.flights import Flights
from state.cache.l1 import LevelOne
from state.cache.orders import NEWEST_ORDER, OrderFollower, place_order
from state.cache.reading import Reading
from state.cache.shared_versions import SharedVersions
from state.changelog.cursor import Cursor
from state.changelog.events import ChangeEvent
from state.changelog.tail import Tail
from state.domain.cache_keys import state_key
from state.domain.errors import TooLarge
from state.domain.kinds import Kind
from state.redis.entries import Value
from state.redis.feeder import Feeder
from state.redis.level_two import LevelTwo
from state.store.fetch import StoredState

__all__ = ["Moment", "Reading", "Tiers"]


class Fetch(Protocol):
    """Reads states from the database; raises TooLarge past a limit."""

    def __call__(
        self, kind: Kind, ids: Sequence[str], limit_bytes: int | None = None, /
    ) -> Mapping[str, StoredState]: ...


class Room:
    """How many bytes of states a read may still bring."""

    def __init__(self, limit_bytes: int) -> None:
        self.left_bytes = limit_bytes

    def take(self, reading: Reading) -> None:
        """Raises TooLarge when it is more than there is room for."""
        self.left_bytes -= len(reading.body or b"")
        if self.left_bytes < 0:
            raise TooLarge()


_KEYS_AT_ONCE = 64  # of up to a MiB each in level 2
STALE_SECONDS = 1.0
"""A tail that has not confirmed for so long that it has the whole log stops the cached reads."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a reading or a write began: monotonic time, position in the log, newest cache order."""

    asked_at: float
    cursor: Cursor | None
    order: int | None


class Tiers:
    """Reads states through the caches; the tail keeps them from growing stale.

    Whatever this process has shown to somebody or heard of, it never again answers with an older
    version: level 1 remembers versions for some seconds, the shared table those of the other
    workers of this ``serve``.
    """

    def __init__(
        self,
        level_one: LevelOne,
        level_two: LevelTwo | None,
        shared: SharedVersions | None,
        tail: Tail,
        fetch: Fetch,
    ) -> None:
        self.level_one = level_one
        self.level_two = level_two
        self.database_reads = 0
        self._shared = shared
        self._tail = tail
        self._fetch = fetch
        self._flights = Flights()
        self._orders = OrderFollower(self._drop, self._drop_all)
        self._feeder = (
            Feeder(level_two, tail, lambda: self._orders.last) if level_two is not None else None
        )
        tail.keep_in_step(self._apply_events)
        tail.every_round(NEWEST_ORDER, self._round)

    def close(self) -> None:
        """Ends what runs for the caches; the tail has ended before."""
        if self._feeder is not None:
            self._feeder.stop()

    # --- Reading ------------------------------------------------------------------------------

    def peek(self, kind: Kind, state_id: str, *, counted: bool = True) -> Reading | None:
        """What level 1 holds of a state, when that may be served; never waits."""
        now = time.monotonic()
        level_one = self.level_one
        key = state_key(kind, state_id)
        if now - self._tail.confirmed_at >= STALE_SECONDS:
            if counted:
                level_one.count_miss(key)
            return None
        shared = self._shared
        if shared is None:
            return level_one.get(key, now, counted=counted)
        return level_one.get(key, now, shared.floor(key), counted=counted)

    def read(
        self,
        kind: Kind,
        ids: Sequence[str],
        *,
        fresh: bool = False,
        min_versions: Mapping[str, int] | None = None,
        counted: bool = True,
        limit_bytes: int | None = None,
    ) -> dict[str, Reading]:
        """The states with these ids, through the caches; ``fresh`` goes to the database.

        What a cache holds below an id's ``min_versions`` does not count: those come from the
        database, in one query, whatever version it has.

        Raises TooLarge when they are larger than ``limit_bytes`` together. ``counted`` is false
        for ids that were peeked at: that look has been counted as a miss, and what a neighbour
        has filled in since comes from that neighbour's flight.
        """
        self._tail.start()
        room = None if limit_bytes is None else Room(limit_bytes)
        if fresh or connection.in_atomic_block:
            return self._read_database(kind, ids, room)
        minimum_of = min_versions or {}
        readings: dict[str, Reading] = {}
        missing: list[str] = []
        behind: list[str] = []
        for state_id in ids:
            minimum = minimum_of.get(state_id, 0)
            reading = self.peek(kind, state_id, counted=counted)
            if reading is not None and reading.version >= minimum:
                readings[state_id] = reading if counted else _landed(reading)
                if room is not None:
                    room.take(reading)
            else:
                (behind if minimum else missing).append(state_id)
        if behind:
            readings |= self._read_database(kind, behind, room)
        if missing:
            readings |= self._fly(kind, missing, room)
        return readings

    def _fly(self, kind: Kind, ids: Sequence[str], room: Room | None) -> dict[str, Reading]:
        """Fetches what nobody is fetching, and waits for what somebody is."""
        keys = {state_key(kind, state_id): state_id for state_id in ids}
        own, joined = self._flights.board([(key, self._floor(key)) for key in keys])
        readings: dict[str, Reading] = {}
        if own:
            try:
                landed = self._fetch_own(kind, {key: keys[key] for key in own}, room)
            except BaseException as error:
                self._flights.fail(own, error)
                raise
            self._flights.land(own, landed)
            readings = {keys[key]: reading for key, reading in landed.items()}
        for key, flight in joined.items():
            state_id = keys[key]
            try:
                reading = _landed(flight.landing.result())
            except TooLarge:
                # For what it was fetched with: that says nothing of this one.
                reading = self._read_database(kind, [state_id])[state_id]
            if room is not None:
                room.take(reading)
            readings[state_id] = reading
        return readings

    def _fetch_own(self, kind: Kind, keys: dict[str, str], room: Room | None) -> dict[str, Reading]:
        """States by key, from the levels below the first."""
        found: dict[str, Reading] = {}
        for key, state_id in keys.items():
            # Another flight may have landed between the look into level 1 and this one's start.
            reading = self.peek(kind, state_id, counted=False)
            if reading is not None:
                found[key] = _landed(reading)
                if room is not None:
                    room.take(reading)
        missing = [key for key in keys if key not in found]
        for some in _shares(missing, room):
            brought = self._read_level_two(some)
            if room is not None:
                for reading in brought.values():
                    room.take(reading)
            found |= brought
        missing = [key for key in keys if key not in found]
        if missing:
            read = self._read_database(kind, [keys[key] for key in missing], room)
            found |= {key: read[keys[key]] for key in missing}
        return found

    def _read_level_two(self, keys: Sequence[str]) -> dict[str, Reading]:
        level_two, cursor = self.level_two, self._tail.cursor
        if level_two is None or cursor is None or not level_two.available:
            return {}
        if not self._tail.is_current(STALE_SECONDS):
            return {}
        moment = self.moment()
        readings: dict[str, Reading] = {}
        for key, (version, body) in level_two.get_many(keys, cursor).items():
            # What the tail has handed out since is remembered: an older value does not count.
            if version >= self._floor(key):
                self._keep(key, version, body, moment)
                readings[key] = Reading(version, body, "L2")
        level_two.count(len(readings), len(keys) - len(readings))
        return readings

    def _read_database(
        self, kind: Kind, ids: Sequence[str], room: Room | None = None
    ) -> dict[str, Reading]:
        moment = self.moment()
        self.database_reads += 1
        stored = self._fetch(kind, ids) if room is None else self._fetch(kind, ids, room.left_bytes)
        # Inside somebody's transaction the snapshot may be older than this moment.
        cached = not connection.in_atomic_block
        readings = {}
        for state_id in ids:
            state = stored.get(state_id)
            version, body = (0, None) if state is None else (state.version, state.body)
            if cached:
                key = state_key(kind, state_id)
                self._keep(key, version, body, moment)
                self._bring(key, version, body, moment)
            readings[state_id] = Reading(version, body, "DB")
            if room is not None:
                room.take(readings[state_id])
        return readings

    # --- Writing ------------------------------------------------------------------------------

    def moment(self) -> Moment:
        """Now; taken before the database is asked, and given with what it answers."""
        return Moment(time.monotonic(), self._tail.cursor, self._orders.last)

    def wrote(
        self, kind: Kind, state_id: str, version: int, body: bytes | None, before: Moment
    ) -> None:
        """Takes over a state this process has just committed, so that it reads its own writes.

        Without a body the older copy goes and the next read fetches. ``before`` is from before
        the write began.
        """
        key = state_key(kind, state_id)
        self.saw([(key, version)])
        if body is not None:
            self._keep(key, version, body, before)
            self._bring(key, version, body, before)

    def forget(self, kind: Kind, state_id: str, version: int, before: Moment) -> None:
        """A state is deleted as of this version."""
        key = state_key(kind, state_id)
        self.saw([(key, version)])
        self._keep(key, version, None, before)
        self._bring(key, version, None, before)

    def saw(self, versions: Iterable[tuple[str, int]]) -> None:
        """These keys are at these versions at least: nobody is answered with an older one now."""
        versions = list(versions)
        if self._shared is not None:
            self._shared.raise_to(versions)
        self.level_one.invalidate(versions)

    def saw_state(self, kind: Kind, state_id: str, version: int) -> None:
        """One state is at this version at least."""
        self.saw([(state_key(kind, state_id), version)])

    # --- Invalidation -------------------------------------------------------------------------

    def invalidate(self, name: str) -> int:
        """Drops a key or a category everywhere; returns how many entries went here and in Redis.

        The other workers follow within a fraction of a second.
        """
        number = place_order(name)
        removed = self.level_one.remove(name)
        cursor = self._tail.cursor
        if self.level_two is not None and cursor is not None:
            removed += self.level_two.remove(name, number, cursor.epoch)
        return removed

    def drop_everything(self) -> None:
        """Something may have been missed: nothing that is cached holds, here or from level 2."""
        self.level_one.clear()
        if self.level_two is not None:
            self.level_two.forget()

    def _drop(self, name: str, number: int) -> None:
        self.level_one.remove(name)
        if self._feeder is not None:
            self._feeder.remove_later(name, number)

    def _drop_all(self) -> None:
        self.level_one.clear()

    # --- In the tail's thread -----------------------------------------------------------------

    def _round(self, newest_order: int | None) -> None:
        self._orders.round(newest_order or 0)
        if self._feeder is not None:
            self._feeder.start()

    def _apply_events(self, events: Sequence[ChangeEvent]) -> None:
        cursor = self._tail.cursor
        if not events or cursor is None:
            self.drop_everything()
            return
        changes = {state_key(event.kind, event.state_id): event.version for event in events}
        self.saw(changes.items())
        if self.level_two is not None and self._feeder is not None:
            self.level_two.positions.passed(cursor.seq, events[-1].seq)
            self._feeder.changed(cursor, events[-1].seq, changes)

    # --- The parts ----------------------------------------------------------------------------

    def _floor(self, key: str) -> int:
        """The version below which nothing may be shown."""
        known = self.level_one.known_version(key)
        return known if self._shared is None else max(known, self._shared.floor(key))

    def _keep(self, key: str, version: int, body: bytes | None, asked: Moment) -> None:
        if self._shared is not None and version:
            self._shared.raise_to([(key, version)])
        if asked.asked_at >= self._tail.following_since:
            self.level_one.put_if_newer(key, version, body, asked.asked_at)

    def _bring(self, key: str, version: int, body: bytes | None, asked: Moment) -> None:
        if self._feeder is not None and asked.cursor is not None and asked.order is not None:
            self._feeder.bring(Value(key, version, body, asked.cursor, asked.order))


def _shares(keys: Sequence[str], room: Room | None) -> Iterable[Sequence[str]]:
    """The keys in portions for level 2: when bytes are counted, none that could be too many."""
    size = len(keys) if room is None else _KEYS_AT_ONCE
    return (keys[start : start + size] for start in range(0, len(keys), size or 1))


def _landed(reading: Reading) -> Reading:
    """What another's flight has brought to a read that missed: not a hit, so not ``L1``."""
    return Reading(reading.version, reading.body, "DB")
