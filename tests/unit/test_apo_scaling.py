"""How many workers there shall be, over made-up days (contract §8)."""

import itertools
from collections.abc import Callable

import pytest

from state.apo.scaling import Decision, Measurement, Rule, Scaling, utilization_of

RULE = Rule(minimum=1, maximum=4, up=0.7, down=0.3, cooldown_seconds=60)


def day(load: Callable[[float], float], seconds: int, rule: Rule = RULE) -> list[tuple[int, int]]:
    """(second, workers) at every change; ``load`` is in workers: 1.5 keeps two at 75 %."""
    scaling, workers, changes = Scaling(rule), rule.minimum, []
    for second in range(seconds):
        utilization = min(1.0, load(second) / workers)
        decision = scaling.decide(Measurement(float(second), workers, utilization))
        if decision is not None:
            assert decision.workers == workers
            workers = decision.wanted
            changes.append((second, workers))
    return changes


def test_a_quiet_day_changes_nothing() -> None:
    assert day(lambda _: 0.2, 3600) == []


def test_a_load_step_goes_up_and_down_again() -> None:
    changes = day(lambda second: 1.3 if 100 <= second < 400 else 0.05, 900)
    assert [workers for _, workers in changes] == [2, 1]
    up, down = (second for second, _ in changes)
    assert 100 < up <= 110
    assert 400 < down <= 410


def test_a_burst_of_a_second_starts_no_worker() -> None:
    assert day(lambda second: 1.0 if second % 60 == 0 else 0.2, 3600) == []


def test_two_changes_are_a_cooldown_apart() -> None:
    changes = day(lambda _: 4.0, 900)
    assert [workers for _, workers in changes] == [2, 3, 4]
    seconds = [second for second, _ in changes]
    assert all(later - earlier >= 60 for earlier, later in itertools.pairwise(seconds))


def test_it_never_leaves_its_bounds() -> None:
    changes = day(lambda second: 40.0 if second < 2000 else 0.0, 4000)
    assert max(workers for _, workers in changes) == 4
    assert changes[-1][1] == 1


def test_a_steady_load_between_the_thresholds_does_not_flap() -> None:
    assert len(day(lambda _: 0.9, 7200)) == 1  # up once: two at 45 % is neither high nor low


def test_one_fewer_must_not_be_too_few_at_once() -> None:
    narrow = Rule(minimum=1, maximum=4, up=0.5, down=0.4, cooldown_seconds=1)
    scaling = Scaling(narrow)
    decisions = [scaling.decide(Measurement(float(n), 2, 0.3)) for n in range(20)]
    assert decisions == [None] * 20


def test_a_dead_worker_is_replaced_without_a_cooldown() -> None:
    scaling = Scaling(Rule(minimum=2, maximum=4, up=0.7, down=0.3, cooldown_seconds=60))
    assert scaling.decide(Measurement(0.0, 1, 0.1)) == Decision(1, 2, 0.1, "below the minimum")


@pytest.mark.parametrize(
    ("shares", "expected"), [((0.2, 0.9, 0.1), 0.9), ((0, 0, 1.7), 1.0), ((0, 0, 0), 0.0)]
)
def test_utilisation_is_the_scarcest_resource(
    shares: tuple[float, float, float], expected: float
) -> None:
    assert utilization_of(*shares) == expected
