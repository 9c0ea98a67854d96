"""Level 2 on a real Valkey: a value is never older than what its ledger says it follows."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.retry import Retry

from state.changelog.cursor import Cursor
from state.changelog.tail import Tail
from state.redis import entries
from state.redis import feeder as feeding
from state.redis.entries import Mark, RedisStore, Value
from state.redis.feeder import Feeder
from state.redis.level_two import LevelTwo, figures
from tests.rig.valkey import Valkey

KEY = "agent_state:a"
EPOCH = "0123abcd"


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


def connected(valkey: Valkey, timeout_seconds: float) -> Redis:
    return Redis.from_url(
        valkey.url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
    )


@pytest.fixture
def redis(valkey: Valkey) -> Iterator[Redis]:
    with connected(valkey, 30) as client:
        client.flushall()
        yield client


@pytest.fixture
def store(redis: Redis) -> RedisStore:
    return store_in(redis)


def store_in(redis: Redis) -> RedisStore:
    return RedisStore(lambda: redis, "{lightning:test}", 900)


@pytest.fixture
def generation(store: RedisStore) -> str:
    """A ledger that has been begun at place 10."""
    store.begin("", 10, 0)
    return store.apply(10, 10, []).generation


def value(version: int, *, position: int = 10, order: int = 0, key: str = KEY) -> Value:
    return Value(key, version, b'{"v":%d}' % version, Cursor(EPOCH, position, 0), order)


def held(store: RedisStore, generation: str, key: str = KEY) -> int | None:
    _, found = store.read(generation, [key])
    return found[key][0] if key in found else None


def test_a_value_comes_back_with_the_mark(store: RedisStore, generation: str) -> None:
    store.put(generation, [value(3), Value("agent_state:none", 0, None, Cursor(EPOCH, 10, 0), 0)])
    mark, found = store.read(generation, [KEY, "agent_state:none", "agent_state:other"])
    assert (mark.state, mark.generation, mark.applied) == ("ok", generation, 10)
    assert found == {KEY: (3, b'{"v":3}'), "agent_state:none": (0, None)}


def test_a_value_and_the_ledger_expire(store: RedisStore, generation: str, redis: Redis) -> None:
    store.put(generation, [value(3), Value("agent_state:none", 0, None, Cursor(EPOCH, 10, 0), 0)])
    assert 890 <= redis.ttl(f"{{lightning:test}}:{generation}:{KEY}") <= 900
    assert 0 < redis.ttl(f"{{lightning:test}}:{generation}:agent_state:none") <= 5
    assert redis.ttl("{lightning:test}:ledger") > 900


def test_it_keeps_the_newer_version(store: RedisStore, generation: str) -> None:
    store.put(generation, [value(3)])
    store.put(generation, [value(2)])
    assert held(store, generation) == 3


def test_a_change_drops_what_is_older(store: RedisStore, generation: str) -> None:
    store.put(generation, [value(3), value(5, key="agent_state:b")])
    mark = store.apply(10, 12, [(KEY, 4), ("agent_state:b", 5)])
    assert mark.applied == 12
    assert held(store, generation) is None
    assert held(store, generation, "agent_state:b") == 5


def test_a_fill_from_before_a_change_does_not_land(store: RedisStore, generation: str) -> None:
    store.apply(10, 11, [(KEY, 4)])
    store.put(generation, [value(3)])
    assert held(store, generation) is None
    store.put(generation, [value(4)])
    assert held(store, generation) == 4


def test_a_fill_that_found_nothing_does_not_land_after_the_creation(
    store: RedisStore, generation: str
) -> None:
    store.apply(10, 11, [(KEY, 1)])
    store.put(generation, [Value(KEY, 0, None, Cursor(EPOCH, 10, 0), 0)])
    assert held(store, generation) is None


def test_a_fill_from_before_the_tombstones_does_not_land(
    store: RedisStore, generation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "_TOMBSTONES", 20)
    for number in range(50):
        store.apply(10 + number, 11 + number, [(f"agent_state:{number}", 2)])
    store.put(generation, [value(1, key="agent_state:0")])
    assert held(store, generation, "agent_state:0") is None
    store.put(generation, [value(2, key="agent_state:0", position=60)])
    assert held(store, generation, "agent_state:0") == 2


def test_a_gap_is_told_and_applies_nothing(store: RedisStore, generation: str) -> None:
    store.put(generation, [value(3)])
    mark = store.apply(11, 12, [(KEY, 9)])
    assert (mark.state, mark.applied) == ("gap", 10)
    assert held(store, generation) == 3


def test_what_another_worker_has_applied_is_not_applied_again(
    store: RedisStore, generation: str
) -> None:
    store.apply(10, 12, [(KEY, 4)])
    assert store.apply(10, 11, [(KEY, 3)]).applied == 12
    assert store.apply(11, 13, [(KEY, 5)]).applied == 13


def test_a_flushed_redis_is_told(store: RedisStore, generation: str, redis: Redis) -> None:
    redis.flushall()
    assert store.read(generation, [KEY])[0].state == "none"
    assert store.apply(10, 11, []).state == "none"


def test_only_one_worker_begins_anew(store: RedisStore, generation: str) -> None:
    store.begin(generation, 20, 0)
    second = store.apply(20, 20, []).generation
    store.begin(generation, 30, 0)
    assert second != generation
    assert store.apply(20, 20, []).generation == second


def test_a_new_generation_leaves_every_value_behind(store: RedisStore, generation: str) -> None:
    store.put(generation, [value(3)])
    store.begin(generation, 20, 0)
    current = store.apply(20, 20, []).generation
    assert held(store, current) is None
    store.put(generation, [value(4, position=20)])
    assert held(store, generation) == 3, "nothing is written to an older generation"


def test_an_order_removes_a_key_once(store: RedisStore, generation: str) -> None:
    store.put(generation, [value(3), value(3, key="agent_state:b")])
    assert store.remove(KEY, 1) == 1
    store.put(generation, [value(3, order=1)])
    assert store.remove(KEY, 1) == 0, "another worker has carried the order out"
    assert held(store, generation) == 3
    assert held(store, generation, "agent_state:b") == 3


def test_an_order_removes_a_category(store: RedisStore, generation: str) -> None:
    values = [value(1, key=f"agent_state:{number}") for number in range(1500)]
    store.put(generation, [*values, value(1, key="research_state:r")])
    assert store.remove("agent_state", 1) == 1500
    assert held(store, generation, "research_state:r") == 1


def test_a_value_read_before_an_order_does_not_land(store: RedisStore, generation: str) -> None:
    store.remove(KEY, 2)
    store.put(generation, [value(3, order=1)])
    assert held(store, generation) is None
    store.put(generation, [value(3, order=2)])
    assert held(store, generation) == 3


# --- The front: trouble is counted, never raised -----------------------------------------------


def front(store: RedisStore, mark: Mark) -> LevelTwo:
    """What knows that the store works and follows the log as far as the mark."""
    level_two = LevelTwo(lambda epoch: store, 900)
    level_two.store(EPOCH)
    level_two.know(mark)
    level_two.breaker.close()
    return level_two


@pytest.fixture
def level_two(store: RedisStore, generation: str) -> LevelTwo:
    store.put(generation, [value(3)])
    return front(store, store.apply(10, 10, []))


def test_a_value_counts_when_the_ledger_has_come_as_far_as_the_tail(level_two: LevelTwo) -> None:
    assert level_two.get_many([KEY], Cursor(EPOCH, 10, 0)) == {KEY: (3, b'{"v":3}')}


def test_a_value_does_not_count_when_the_ledger_lags(level_two: LevelTwo) -> None:
    assert level_two.get_many([KEY], Cursor(EPOCH, 11, 0)) == {}


def test_the_ledger_may_lag_for_as_long_as_level_1_remembers(level_two: LevelTwo) -> None:
    level_two.positions.passed(10, 14)
    assert level_two.get_many([KEY], Cursor(EPOCH, 14, 0))


def test_a_flushed_redis_is_left_alone(level_two: LevelTwo, redis: Redis) -> None:
    redis.flushall()
    assert level_two.get_many([KEY], Cursor(EPOCH, 10, 0)) == {}
    assert not level_two.available


def test_a_stalled_redis_costs_one_short_wait(
    valkey: Valkey, store: RedisStore, generation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody_asks(*_: object) -> None:
        pytest.fail("the breaker is open")

    mark = store.apply(10, 10, [])
    with connected(valkey, 0.25) as impatient:
        stalled = store_in(impatient)
        level_two = front(stalled, mark)
        with valkey.paused():
            began = time.monotonic()
            assert level_two.get_many([KEY], Cursor(EPOCH, 10, 0)) == {}
            assert time.monotonic() - began < 10, "it never answers: somebody gave up"
            monkeypatch.setattr(stalled, "read", nobody_asks)
            monkeypatch.setattr(stalled, "remove", nobody_asks)
            assert level_two.get_many([KEY], Cursor(EPOCH, 10, 0)) == {}
            assert level_two.remove(KEY, 1, EPOCH) == 0
            assert level_two.breaker.failures == 1
            assert not figures(level_two)["available"]


# --- The feeder: what it writes tells whether Redis works ----------------------------------------


class StillTail(Tail):
    """It has all of the log up to place 10."""

    def __init__(self) -> None:
        super().__init__()
        self.cursor = Cursor(EPOCH, 10, 0)


def fed(store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> tuple[LevelTwo, Feeder]:
    """A level 2 that is probed in every round."""
    monkeypatch.setattr("state.redis.level_two._PROBE_EVERY_SECONDS", 0.0)
    level_two = LevelTwo(lambda epoch: store, 900)
    return level_two, Feeder(level_two, StillTail(), lambda: 0)


@pytest.mark.parametrize(
    ("refuse", "allow"),
    [("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"), ("REPLICAOF ::1 1", "REPLICAOF NO ONE")],
    ids=["memory full", "read-only replica"],
)
def test_a_redis_that_answers_and_refuses_writes_is_left_alone_until_it_takes_them(
    store: RedisStore, redis: Redis, monkeypatch: pytest.MonkeyPatch, refuse: str, allow: str
) -> None:
    level_two, feeder = fed(store, monkeypatch)
    feeder._feed()
    assert level_two.available
    redis.execute_command(*refuse.split())
    try:
        for _ in range(3):
            feeder._feed()
            assert redis.ping()
            assert isinstance(level_two.breaker.error, ResponseError)
            assert not level_two.available
    finally:
        redis.execute_command(*allow.split())
    feeder._feed()
    assert level_two.available
    assert level_two.breaker.error is None


@pytest.mark.parametrize(
    ("last_seq", "is_kept"), [(10, True), (8, False)], ids=["another is ahead", "the log lost some"]
)
def test_a_ledger_ahead_of_the_log_itself_is_begun_anew(
    store: RedisStore, monkeypatch: pytest.MonkeyPatch, last_seq: int, is_kept: bool
) -> None:
    """A failover to a replica loses the log's last changes: level 2 must not keep them."""
    monkeypatch.setattr(feeding, "_AHEAD_SECONDS", 0.0)
    position = SimpleNamespace(last_seq=last_seq)
    monkeypatch.setattr(feeding, "log_position", lambda: position)
    monkeypatch.setattr(feeding, "connection", SimpleNamespace(close=lambda: None))
    level_two, feeder = fed(store, monkeypatch)
    feeder._feed()
    feeder.bring(value(3))
    feeder._feed()
    assert KEY in level_two.get_many([KEY], Cursor(EPOCH, 10, 0))

    behind = Cursor(EPOCH, 8, 0)
    feeder._tail.cursor = behind
    feeder._feed()
    assert (KEY in level_two.get_many([KEY], behind)) is is_kept


def test_evictions_are_what_the_server_says(
    valkey: Valkey, store: RedisStore, generation: str, redis: Redis
) -> None:
    store.put(generation, [value(3)])
    before = store.gauges().evictions
    assert before is not None
    settings = {"maxmemory-policy": "allkeys-random", "maxmemory": "1"}
    with valkey.configured(settings), pytest.raises(ResponseError):
        redis.set("more", "than there is room for")
    assert store.gauges().evictions == before + 2  # the ledger and the value


def test_a_user_who_may_not_ask_for_figures_keeps_level_2(
    valkey: Valkey, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.acl_setuser("modest", enabled=True, nopass=True, keys="*", commands=["+@all", "-info"])
    with Redis.from_url(valkey.url.replace("//", "//modest:any@")) as modest:
        level_two, feeder = fed(store_in(modest), monkeypatch)
        for _ in range(3):
            level_two.gauges = entries.Gauges()
            feeder._measured_at = float("-inf")
            feeder._feed()
            assert level_two.available
            assert level_two.breaker.failures == 0
        store_in(redis).put(level_two.generation, [value(3)])
        feeder._measured_at = float("-inf")
        feeder._feed()
        assert (level_two.gauges.entries, level_two.gauges.size_bytes) == (1, 0)
        assert level_two.gauges.evictions is None
        assert figures(level_two)["evictions"] == 0


# --- Random histories ---------------------------------------------------------------------------


@dataclass
class World:
    """A log with its database, workers that apply it at their own pace, and fills under way."""

    store: RedisStore
    redis: Redis
    choose: random.Random
    seq: int = 0
    log: list[tuple[str, int]] = field(default_factory=list)
    fills: list[Value] = field(default_factory=list)
    places: list[int] = field(default_factory=lambda: [0, 0, 0])
    saved: dict[bytes, bytes] = field(default_factory=dict)

    def version_at(self, key: str, place: int) -> int:
        return max((version for one, version in self.log[:place] if one == key), default=0)

    def write(self, key: str) -> None:
        self.log.append((key, self.version_at(key, len(self.log)) + 1))

    def fill_begins(self, key: str) -> None:
        place = self.choose.choice(self.places)
        version = self.version_at(key, self.choose.randint(place, len(self.log)))
        self.fills.append(Value(key, version, b"{}", Cursor(EPOCH, place, 0), 0))

    def fill_lands(self) -> None:
        if self.fills:
            fill = self.fills.pop(self.choose.randrange(len(self.fills)))
            self.store.put(self.generation(), [fill])

    def apply(self) -> None:
        worker = self.choose.randrange(len(self.places))
        behind = self.places[worker]
        through = self.choose.randint(behind, len(self.log))
        mark = self.store.apply(behind, through, self.log[behind:through])
        if mark.state == "gap":
            mark = self.store.apply(mark.applied, through, self.log[mark.applied : through])
        if mark.state == "none":
            self.store.begin(mark.generation, through, 0)
        self.places[worker] = through

    def save(self) -> None:
        self.saved = {key: self.redis.dump(key) for key in self.redis.scan_iter()}

    def come_back_with_old_data(self) -> None:
        self.redis.flushall()
        for key, dumped in self.saved.items():
            self.redis.restore(key, 900_000, dumped)

    def generation(self) -> str:
        current = self.redis.hget("{lightning:test}:ledger", "generation")
        return "" if current is None else current.decode()

    def check(self, keys: list[str]) -> int:
        mark, found = self.store.read(self.generation(), keys)
        for key, (version, _) in found.items():
            assert version >= self.version_at(key, mark.applied), (key, version, mark)
        return len(found)


@pytest.mark.parametrize("seed", range(6))
def test_no_history_makes_a_value_older_than_its_ledger(
    store: RedisStore, redis: Redis, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "_TOMBSTONES", 12)
    choose = random.Random(seed)
    world = World(store, redis, choose)
    keys = [f"agent_state:{number}" for number in range(5)]
    seen = 0
    for _ in range(800):
        step = choose.random()
        if step < 0.2:
            world.write(choose.choice(keys))
        elif step < 0.5:
            world.fill_begins(choose.choice(keys))
        elif step < 0.75:
            world.fill_lands()
        elif step < 0.97:
            world.apply()
        elif step < 0.98:
            world.save()
        elif step < 0.99:
            world.come_back_with_old_data()
        else:
            redis.flushall()
        seen += world.check(keys)
    assert seen > 200
