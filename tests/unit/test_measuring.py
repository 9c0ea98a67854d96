"""What a process counts, on its way to Prometheus."""

import pytest

from state.cache.l1 import LevelOne
from state.cache.tiers import Tiers
from state.changelog.tail import Tail
from state.metrics.exported import exported
from state.redis.entries import Gauges, RedisStore
from state.redis.level_two import LevelTwo
from state.service.measuring import Measuring


def no_redis(epoch: str) -> RedisStore:
    raise AssertionError("a figure costs no call of its own")


def exported_evictions() -> float:
    name, labels = "lightning_cache_evictions_total", {"level": "L2"}
    return exported().registry.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ([None, 500], 0),  # from before this process
        ([500, 520, 520], 20),
        ([500, None, 530], 30),  # what is not to be had is not nothing
        ([500, 520, 3], 23),  # that server has begun anew
    ],
)
def test_evictions_by_redis_are_counted_from_the_first_look_on(
    told: list[int | None], counted: int
) -> None:
    tail, level_two = Tail(), LevelTwo(no_redis, 900)
    tiers = Tiers(LevelOne(1024, 300), level_two, None, tail, lambda kind, ids: {})
    measuring = Measuring(tiers, tail)
    before = exported_evictions()
    for evictions in told:
        level_two.gauges = Gauges(evictions=evictions)
        measuring.publish()
    assert exported_evictions() - before == counted
