"""How many workers an instance may have, and which of them are missed (contract §8)."""

import os
from typing import Any

import pytest

from state.server import scaler
from state.server.scaler import Scaler, rule_for


@pytest.fixture
def processors(monkeypatch: pytest.MonkeyPatch) -> Any:
    def have(count: int) -> None:
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(count)))

    return have


@pytest.mark.parametrize(
    ("vendor", "cores", "least", "most", "bounds"),
    [
        ("postgresql", 8, 1, 5, (1, 5)),
        ("postgresql", 3, 1, 5, (1, 3)),
        ("postgresql", 1, 1, 5, (1, 1)),
        ("sqlite", 8, 1, 5, (1, 2)),
        ("sqlite", 8, 1, 1, (1, 1)),
        ("postgresql", 2, 4, 5, (4, 4)),  # a minimum is honoured, whatever there is
        ("sqlite", 8, 3, 5, (3, 3)),
    ],
)
def test_the_processors_bound_the_workers_unless_the_minimum_asks(
    settings: Any,
    processors: Any,
    vendor: str,
    cores: int,
    least: int,
    most: int,
    bounds: tuple[int, int],
) -> None:
    processors(cores)
    settings.LIGHTNING_MIN_INSTANCES = least
    settings.LIGHTNING_MAX_INSTANCES = most
    rule = rule_for(vendor)
    assert (rule.minimum, rule.maximum) == bounds


class Worker:
    """A worker that hears what its supervisor says."""

    utilization = 0.5

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}

    def tell(self, **members: Any) -> None:
        self.told = members


def test_a_lost_worker_is_told_of_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(scaler.time, "monotonic", lambda: now)
    rule = scaler.Rule(minimum=1, maximum=1, up=0.7, down=0.3, cooldown_seconds=60)
    measuring, worker = Scaler(rule, lambda pid: None), Worker()

    def told_after(seconds: float) -> int:
        nonlocal now
        now += seconds
        measuring.measure([worker])  # type: ignore[list-item]
        lost: int = worker.told["workersLost"]
        return lost

    assert told_after(1) == 0
    measuring.worker_ended(7, unexpectedly=False)
    assert told_after(1) == 0
    measuring.worker_ended(8, unexpectedly=True)
    assert [told_after(1), told_after(57), told_after(3)] == [1, 1, 0]
