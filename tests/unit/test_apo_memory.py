"""Memory above its limit: level 1 shrinks first, then load is shed, with hysteresis."""

from state.apo.memory import MemoryWatch, Pressure

MB = 1024 * 1024


def test_below_the_limit_nothing_happens() -> None:
    watch = MemoryWatch(1000 * MB, 400 * MB)
    assert watch.observe(900 * MB, 100 * MB) == 400 * MB
    assert watch.pressure is Pressure.NORMAL


def test_level_1_shrinks_before_load_is_shed() -> None:
    watch = MemoryWatch(1000 * MB, 400 * MB)
    sizes, pressures = [], []
    used = 400 * MB
    for _ in range(20):
        used = min(used, watch.observe(1100 * MB, used))
        sizes.append(watch.cache_bytes)
        pressures.append(watch.pressure)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 25 * MB
    first = pressures.index(Pressure.SHEDDING)
    assert first > 3
    assert set(pressures[:first]) == {Pressure.SHRINKING}


def test_it_sheds_until_memory_is_clearly_below_the_limit() -> None:
    watch = MemoryWatch(1000 * MB, 400 * MB, 25 * MB, Pressure.SHEDDING)
    watch.observe(990 * MB, 25 * MB)
    assert watch.is_shedding
    watch.observe(800 * MB, 25 * MB)
    assert watch.pressure is Pressure.SHRINKING
    for _ in range(60):
        watch.observe(500 * MB, 25 * MB)
    assert watch.pressure is Pressure.NORMAL
    assert watch.cache_bytes == 400 * MB


def test_a_cut_frees_memory_also_when_the_cache_was_not_full() -> None:
    watch = MemoryWatch(1000 * MB, 400 * MB)
    assert watch.observe(1100 * MB, 80 * MB) == 60 * MB


def test_another_share_of_the_instance_applies_at_once() -> None:
    watch = MemoryWatch(1000 * MB, 400 * MB)
    watch.resize(500 * MB, 200 * MB)
    assert watch.cache_bytes == 200 * MB
