"""Level 1: versions never go back, whatever races; bytes are counted and bounded."""

import itertools
import os
import random
import threading
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from state.cache.l1 import LevelOne
from tests.patience import Stint

KEY = "agent_state:a"
MANY_BYTES = 64 * 1024 * 1024


@pytest.fixture
def cache() -> LevelOne:
    return LevelOne(MANY_BYTES, 300)


def version_of(cache: LevelOne, key: str = KEY) -> int | None:
    entry = cache.get(key, time.monotonic())
    return None if entry is None else entry.version


def put(cache: LevelOne, version: int, key: str = KEY, body: bytes | None = b"{}") -> bool:
    return cache.put_if_newer(key, version, body, time.monotonic())


def test_it_keeps_the_newer_version(cache: LevelOne) -> None:
    put(cache, 2)
    assert not put(cache, 1)
    assert version_of(cache) == 2
    put(cache, 3)
    assert version_of(cache) == 3


def test_an_invalidation_drops_what_is_older(cache: LevelOne) -> None:
    put(cache, 2)
    cache.invalidate([(KEY, 2)])
    assert version_of(cache) == 2
    cache.invalidate([(KEY, 3)])
    assert version_of(cache) is None


def test_a_fill_from_before_an_invalidation_does_not_land(cache: LevelOne) -> None:
    asked_at = time.monotonic()
    cache.invalidate([(KEY, 3)])
    assert not cache.put_if_newer(KEY, 2, b"{}", asked_at)
    assert cache.put_if_newer(KEY, 3, b"{}", asked_at)


def test_a_fill_that_found_nothing_does_not_land_after_the_creation(cache: LevelOne) -> None:
    asked_at = time.monotonic()
    cache.invalidate([(KEY, 1)])
    assert not cache.put_if_newer(KEY, 0, None, asked_at)


def test_an_old_fill_does_not_land(cache: LevelOne) -> None:
    assert not cache.put_if_newer(KEY, 1, b"{}", time.monotonic() - 1.1)


def test_an_eviction_opens_no_hole() -> None:
    cache = LevelOne(16_000, 300)
    asked_at = time.monotonic()
    put(cache, 7)
    for number in range(100):
        put(cache, 1, f"agent_state:{number}")
    assert version_of(cache) is None
    assert not cache.put_if_newer(KEY, 6, b"{}", asked_at)


@pytest.mark.parametrize("name", [KEY, "agent_state"])
def test_a_removal_opens_no_hole_and_bars_fills_under_way(cache: LevelOne, name: str) -> None:
    asked_at = time.monotonic()
    put(cache, 7)
    assert cache.remove(name) == 1
    assert not cache.put_if_newer(KEY, 7, b"{}", asked_at)
    assert not cache.put_if_newer(KEY, 6, b"{}", time.monotonic())
    assert cache.put_if_newer(KEY, 7, b"{}", time.monotonic())


def test_a_category_takes_its_keys_only(cache: LevelOne) -> None:
    for number in range(2500):
        put(cache, 1, f"agent_state:{number}")
    put(cache, 1, "research_state:r")
    assert cache.remove("agent_state") == 2500
    assert version_of(cache, "research_state:r") == 1
    assert cache.entry_count == 1


def test_a_key_that_is_not_there_removes_nothing(cache: LevelOne) -> None:
    assert cache.remove(KEY) == 0


def test_after_a_clear_lower_versions_may_come(cache: LevelOne) -> None:
    """A database restored from a backup begins again with older versions."""
    asked_at = time.monotonic()
    put(cache, 7)
    cache.clear()
    assert not cache.put_if_newer(KEY, 3, b"{}", asked_at)
    assert cache.put_if_newer(KEY, 3, b"{}", time.monotonic())


def test_an_entry_below_the_floor_is_a_miss(cache: LevelOne) -> None:
    put(cache, 2)
    now = time.monotonic()
    assert cache.get(KEY, now, 2) is not None
    assert cache.get(KEY, now, 3) is None
    assert (cache.hits, cache.misses) == (1, 1)


def test_an_entry_expires() -> None:
    cache = LevelOne(MANY_BYTES, 10)
    put(cache, 2)
    put(cache, 0, "agent_state:unknown", None)
    soon, later = time.monotonic() + 6, time.monotonic() + 11
    assert cache.get(KEY, soon) is not None
    assert cache.get("agent_state:unknown", soon) is None, "unknown ids are cached briefly"
    assert cache.get(KEY, later) is None


def test_the_least_recently_used_goes_first() -> None:
    cache = LevelOne(8_000, 300)
    for number in itertools.count():
        put(cache, 1, f"agent_state:{number}")
        cache.get("agent_state:0", time.monotonic())
        if cache.evictions == 5:
            break
    assert version_of(cache, "agent_state:0") == 1
    assert version_of(cache, "agent_state:1") is None


def test_one_entry_takes_no_more_than_its_share() -> None:
    cache = LevelOne(80_000, 300)
    put(cache, 1)
    assert not put(cache, 2, body=b"x" * 20_000)
    assert version_of(cache) is None, "the older version must be gone all the same"


def test_the_bytes_are_those_of_the_memory() -> None:
    """Counted within a quarter of what the interpreter says, so that the limit is a limit."""
    for size in (200, 2000):
        tracemalloc.start()
        cache = LevelOne(MANY_BYTES, 300)
        before, _ = tracemalloc.get_traced_memory()
        for number in range(5000):
            put(cache, 1000 + number, f"agent_state:agent-{number}", os.urandom(size))
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert cache.size_bytes == pytest.approx(after - before, rel=0.25)


def test_the_bytes_return_to_zero(cache: LevelOne) -> None:
    for version in range(1, 5):
        put(cache, version, body=b"x" * version)
    cache.invalidate([(KEY, 9)])
    assert (cache.size_bytes, cache.entry_count) == (0, 0)


def test_versions_never_go_back_while_fills_and_invalidations_race() -> None:
    """Writers, slow fillers, evictions; no reader sees less than was announced before it looked."""
    cache = LevelOne(6_000, 300)  # holds fewer keys than there are: evictions all the time
    keys = [f"agent_state:{number}" for number in range(16)]
    database = dict.fromkeys(keys, 0)
    announced = dict.fromkeys(keys, 0)
    shown = dict.fromkeys(keys, 0)
    failures: list[str] = []
    looks = 0

    def has_done_enough() -> bool:
        return looks > 500 and cache.evictions > 50 and sum(database.values()) > 500

    stint = Stint(2.0, has_done_enough)

    def rounds() -> Iterator[str]:
        chosen = random.Random(threading.get_ident())
        while stint.goes_on() and not failures:
            yield chosen.choice(keys)

    def write(mine: list[str]) -> None:
        for key in itertools.cycle(mine):
            if failures or not stint.goes_on():
                return
            version = database[key] + 1
            database[key] = version
            cache.invalidate([(key, version)])
            announced[key] = version

    def fill() -> None:
        for key in rounds():
            asked_at = time.monotonic()
            version = database[key]
            if version % 3 == 0:
                os.sched_yield()
            cache.put_if_newer(key, version, b"x" * 100, asked_at)

    def look() -> None:
        nonlocal looks
        for key in rounds():
            floor = max(announced[key], shown[key])
            entry = cache.get(key, time.monotonic())
            looks += 1
            if entry is not None:
                if entry.version < floor:
                    failures.append(f"{key}: {entry.version} after {floor}")
                shown[key] = max(shown[key], entry.version)

    threads = [threading.Thread(target=write, args=(keys[start::2],)) for start in range(2)]
    threads += [threading.Thread(target=target) for target in (fill, fill, fill, look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert has_done_enough(), "too little, and it proves nothing"
