"""Shares and lives of level 1 follow how each kind is read (contract §8)."""

from typing import Any

import pytest

from state.cache.l1 import LevelOne
from state.cache.tuning import SMALLEST_SHARE, Observed, fixed, tuned
from state.runtime.background import loops
from state.service.tuning import CacheTuner

KINDS = ("agent", "research", "verification")
EVEN = fixed(dict.fromkeys(KINDS), 300)


def after(rounds: int, **observed: Observed) -> dict[str, float]:
    choices = EVEN
    for _ in range(rounds):
        choices = tuned(observed, choices, 300)
    return {kind: choice.share for kind, choice in choices.items()}


def test_the_kind_that_is_read_again_gets_the_room() -> None:
    hot, scan, idle = Observed(900, 100), Observed(0, 5000), Observed(0, 0)
    shares = after(20, agent=hot, research=scan, verification=idle)
    assert shares["agent"] == pytest.approx(1 - 2 * SMALLEST_SHARE, abs=0.01)
    assert shares["research"] == pytest.approx(SMALLEST_SHARE, abs=0.01)
    assert sum(shares.values()) == pytest.approx(1)


def test_an_even_load_keeps_even_shares() -> None:
    even = Observed(500, 100)
    shares = after(20, agent=even, research=even, verification=even)
    assert list(shares.values()) == pytest.approx([1 / 3] * 3)


def test_few_reads_change_nothing() -> None:
    few = Observed(3, 3)
    assert tuned(dict.fromkeys(KINDS, few), EVEN, 300) == EVEN


def test_what_is_read_once_gives_its_memory_back_sooner() -> None:
    choices = tuned(
        {
            "agent": Observed(900, 100),
            "research": Observed(0, 5000),
            "verification": Observed(0, 0),
        },
        EVEN,
        300,
    )
    lives = {kind: choice.ttl_seconds for kind, choice in choices.items()}
    assert lives == {"agent": 300, "research": 60, "verification": 300}
    assert choices["agent"].reason == "100% of all hits; 90% of its 1000 reads are hits"


@pytest.mark.parametrize("is_on", [True, False])
def test_it_can_be_switched_off(settings: Any, is_on: bool) -> None:
    settings.LIGHTNING_AUTO_CACHE = is_on
    level_one = LevelOne(1_000_000, 300)
    tuner = CacheTuner(level_one)
    tuner.start()
    try:
        assert ("cacheTuning" in loops.checks()) is is_on
    finally:
        tuner.stop()
    assert {line.choice.reason for line in level_one.lines.values()} == {"fixed"}
