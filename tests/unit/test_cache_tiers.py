"""The levels together, with a real Valkey and a log whose tail stands where a test puts it."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from state.cache import flights, l1
from state.cache.l1 import LevelOne
from state.cache.reading import Reading
from state.cache.shared_versions import SharedVersions
from state.cache.tiers import Tiers
from state.changelog.cursor import Cursor
from state.changelog.tail import Tail
from state.domain.kinds import Kind
from state.redis.entries import RedisStore, Value
from state.redis.level_two import LevelTwo
from state.store.fetch import StoredState
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_for

EPOCH = "0123abcd"
AGENT, ID, KEY = Kind.AGENT, "a", "agent_state:a"


class StillTail(Tail):
    """A tail that follows nothing: it has all of the log up to place 10, for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.cursor = Cursor(EPOCH, 10, 0)
        self.following_since = time.monotonic()
        self.confirmed_at = time.monotonic() + 3600

    def start(self) -> None:
        return


class Database:
    """Versions by id, a count of the queries, and a moment between asking and answering."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.queries = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def fetch(self, kind: Kind, ids: Sequence[str]) -> dict[str, StoredState]:
        self.queries += 1
        found = {one: self.versions[one] for one in ids if one in self.versions}
        self.meanwhile()
        return {one: StoredState(version, b"%d" % version) for one, version in found.items()}


@pytest.fixture(autouse=True)
def endless_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine may stand still between any two lines: nothing grows too old meanwhile."""
    monkeypatch.setattr(flights, "_JOINABLE_SECONDS", 3600.0)
    monkeypatch.setattr(l1, "OLDEST_FILL_SECONDS", 3600.0)


@pytest.fixture
def tail() -> StillTail:
    return StillTail()


@pytest.fixture
def database() -> Database:
    database = Database()
    database.versions[ID] = 3
    return database


@pytest.fixture
def level_one() -> LevelOne:
    return LevelOne(1024 * 1024, 300)


@pytest.fixture
def tiers(tail: StillTail, database: Database, level_one: LevelOne) -> Tiers:
    """Without a Redis, in a worker alone."""
    return Tiers(level_one, None, None, tail, database.fetch)


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def store(valkey: Valkey) -> Iterator[RedisStore]:
    """A ledger at the tail's place; level 2 holds version 3."""
    with Redis.from_url(valkey.url) as client:
        client.flushall()
        store = RedisStore(lambda: client, "{lightning:test}", 900)
        store.begin("", 10, 0)
        store.put(
            store.apply(10, 10, []).generation, [Value(KEY, 3, b"3", Cursor(EPOCH, 10, 0), 0)]
        )
        yield store


@pytest.fixture
def level_two(store: RedisStore) -> LevelTwo:
    level_two = LevelTwo(lambda _: store, 900)
    level_two.store(EPOCH)
    level_two.know(store.apply(10, 10, []))
    level_two.breaker.close()
    return level_two


@pytest.fixture
def both(tail: StillTail, database: Database, level_one: LevelOne, level_two: LevelTwo) -> Tiers:
    """With level 2."""
    return Tiers(level_one, level_two, None, tail, database.fetch)


def read(tiers: Tiers, **options: bool | dict[str, int]) -> tuple[int, str]:
    reading = tiers.read(AGENT, [ID], **options)[ID]  # type: ignore[arg-type]
    return reading.version, reading.level


def test_a_read_goes_down_and_fills(tiers: Tiers, database: Database) -> None:
    assert read(tiers) == (3, "DB")
    assert read(tiers) == (3, "L1")
    assert database.queries == 1


def test_level_2_answers_and_fills_level_1(both: Tiers, database: Database) -> None:
    assert read(both) == (3, "L2")
    assert read(both) == (3, "L1")
    assert database.queries == 0
    assert both.level_two is not None
    assert (both.level_two.hits, both.level_two.misses) == (1, 0)


def test_a_fresh_read_asks_the_database(both: Tiers, database: Database) -> None:
    read(both)
    assert read(both, fresh=True) == (3, "DB")


def test_a_read_asks_the_database_when_the_cache_is_below_its_minimum(
    both: Tiers, database: Database
) -> None:
    read(both)
    database.versions[ID] = 4
    assert read(both, min_versions={ID: 3}) == (3, "L1")
    assert read(both, min_versions={ID: 4}) == (4, "DB")


def test_different_minimums_are_one_query(tiers: Tiers, database: Database) -> None:
    found = tiers.read(AGENT, [ID, "b", "c"], min_versions={ID: 3, "b": 7, "c": 9})
    assert database.queries == 1
    assert {one: reading.version for one, reading in found.items()} == {ID: 3, "b": 0, "c": 0}


@pytest.mark.parametrize("level", ["L1", "L2"])
def test_a_tail_that_is_not_current_stops_the_cached_reads(
    both: Tiers, tail: StillTail, level: str
) -> None:
    if level == "L1":
        read(both)
    tail.confirmed_at = time.monotonic() - 1.0
    assert read(both) == (3, "DB")


def test_a_value_of_level_2_below_what_was_heard_of_does_not_count(
    both: Tiers, database: Database
) -> None:
    database.versions[ID] = 4
    both.saw([(KEY, 4)])
    assert read(both) == (4, "DB")


def test_a_value_of_level_2_below_the_other_workers_does_not_count(
    tail: StillTail,
    database: Database,
    level_one: LevelOne,
    level_two: LevelTwo,
    tmp_path: Path,
) -> None:
    SharedVersions.create(tmp_path / "versions")
    shared = SharedVersions(tmp_path / "versions")
    tiers = Tiers(level_one, level_two, shared, tail, database.fetch)
    assert read(tiers) == (3, "L2")
    database.versions[ID] = 4
    other = Tiers(LevelOne(10_000, 300), None, shared, tail, database.fetch)
    other.wrote(AGENT, ID, 4, b"4", other.moment())
    assert read(tiers) == (4, "DB")
    shared.close()


def test_what_one_worker_has_read_no_other_goes_below(
    tail: StillTail, database: Database, tmp_path: Path
) -> None:
    SharedVersions.create(tmp_path / "versions")
    shared = SharedVersions(tmp_path / "versions")
    one, other = (
        Tiers(LevelOne(10_000, 300), None, shared, tail, database.fetch) for _ in range(2)
    )
    assert read(one) == (3, "DB")
    database.versions[ID] = 4
    assert read(other) == (4, "DB")
    assert read(one) == (4, "DB")
    shared.close()


def test_a_write_during_a_fill_is_not_undone_by_it(tiers: Tiers, database: Database) -> None:
    before = tiers.moment()
    database.meanwhile = lambda: tiers.wrote(AGENT, ID, 4, b"4", before)
    assert read(tiers) == (3, "DB")
    assert read(tiers) == (4, "L1")


def test_who_comes_after_a_write_does_not_join_a_flight_from_before(
    tiers: Tiers, database: Database
) -> None:
    asked, answered = threading.Event(), threading.Event()

    def wait_once() -> None:
        database.meanwhile = lambda: None
        asked.set()
        assert answered.wait(10)

    database.meanwhile = wait_once
    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(read, tiers)
        assert asked.wait(10)
        database.versions[ID] = 4
        tiers.wrote(AGENT, ID, 4, None, tiers.moment())
        assert read(tiers) == (4, "DB")
        answered.set()
        assert early.result() == (3, "DB")
    assert read(tiers) == (4, "L1")


def test_many_misses_of_one_key_are_one_query(tiers: Tiers, database: Database) -> None:
    gate = threading.Event()
    database.meanwhile = lambda: gate.wait(10)
    with ThreadPoolExecutor(50) as pool:
        readings = [pool.submit(read, tiers) for _ in range(50)]
        wait_for(lambda: database.queries, what="the query")
        gate.set()
        levels = Counter(one.result() for one in readings)
    assert levels.keys() <= {(3, "DB"), (3, "L1")}
    assert levels[3, "L1"] == tiers.level_one.hits
    assert database.queries == 1


def test_a_batch_is_one_query_and_one_look_into_level_2(both: Tiers, database: Database) -> None:
    database.versions |= {f"b{number}": 1 for number in range(100)}
    ids = [ID, *(f"b{number}" for number in range(100)), "unknown"]
    readings = both.read(AGENT, ids)
    assert database.queries == 1
    assert readings[ID] == Reading(3, b"3", "L2")
    assert readings["unknown"] == Reading(0, None, "DB")
    assert all(readings[one].version == 1 for one in database.versions if one != ID)


def test_a_fill_from_before_the_tail_followed_is_not_kept(
    tiers: Tiers, tail: StillTail, database: Database
) -> None:
    """A change between that read and the tail's beginning would never be heard of."""
    database.meanwhile = lambda: setattr(tail, "following_since", time.monotonic())
    read(tiers)
    database.meanwhile = lambda: None
    assert read(tiers) == (3, "DB")
    assert read(tiers) == (3, "L1")


def test_a_database_error_reaches_all_who_wait_and_nothing_is_kept(
    tiers: Tiers, database: Database
) -> None:
    def fail() -> None:
        raise OSError("gone")

    database.meanwhile = fail
    with pytest.raises(OSError, match="gone"):
        read(tiers)
    database.meanwhile = lambda: None
    assert read(tiers) == (3, "DB")


def test_a_delete_is_known_at_once(tiers: Tiers) -> None:
    read(tiers)
    tiers.forget(AGENT, ID, 4, tiers.moment())
    assert tiers.peek(AGENT, ID) == tiers.read(AGENT, [ID])[ID]
    assert read(tiers) == (4, "L1")


def test_a_look_that_was_counted_is_not_counted_again(tiers: Tiers, level_one: LevelOne) -> None:
    assert tiers.peek(AGENT, ID) is None
    tiers.read(AGENT, [ID], counted=False)
    assert (level_one.hits, level_one.misses) == (0, 1)


def test_a_miss_that_finds_its_neighbour_s_fill_has_joined_that_flight(
    tiers: Tiers, level_one: LevelOne, database: Database
) -> None:
    for _ in range(2):
        assert tiers.peek(AGENT, ID) is None
    assert read(tiers, counted=False) == (3, "DB")
    assert read(tiers, counted=False) == (3, "DB")
    assert (level_one.hits, level_one.misses, database.queries) == (0, 2, 1)


def test_a_miss_that_takes_off_after_its_neighbour_landed_has_joined_that_flight(
    tiers: Tiers, level_one: LevelOne, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = tiers._flights.board

    def board_late(*wanted: Any) -> Any:
        monkeypatch.undo()
        read(tiers)
        return board(*wanted)

    monkeypatch.setattr(tiers._flights, "board", board_late)
    assert read(tiers) == (3, "DB")
    assert (level_one.hits, level_one.misses, database.queries) == (0, 2, 1)
