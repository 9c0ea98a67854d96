"""How busy a worker is: looked at seldom while it is idle, and told once a second."""

from types import SimpleNamespace

import pytest

from state.apo import load


class Moment:
    """A loop whose clock, processor and slots a test sets."""

    now = 0.0
    processor = 0.0
    executing = 0.0


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    moment = Moment()
    clock = SimpleNamespace(perf_counter=lambda: moment.now, process_time=lambda: moment.processor)
    monkeypatch.setattr(load, "time", clock)
    monkeypatch.setattr(load, "instance", load.InstanceNews())
    return moment


async def test_an_idle_loop_is_looked_at_once_a_second(moment: Moment) -> None:
    meter = load.LoadMeter(lambda: moment.executing)
    for now in (0.0, 1.0, 2.0):
        moment.now = now
        assert await meter.sample() == 1.0
    assert meter.utilization == 0.0


async def test_a_busy_one_four_times_and_told_once(moment: Moment) -> None:
    meter = load.LoadMeter(lambda: moment.executing)
    told = []
    load.instance.on_report = lambda **message: told.append(message["utilization"])
    moment.executing = 1.0
    for quarter in range(1, 9):
        moment.now = quarter / 4
        assert await meter.sample() == 0.25
    assert told == [1.0, 1.0]


async def test_work_that_held_no_slot_is_seen_by_its_processor(moment: Moment) -> None:
    meter = load.LoadMeter(lambda: moment.executing)
    await meter.sample()
    moment.now, moment.processor = 1.0, 0.5
    assert await meter.sample() == 0.25
    assert meter.utilization == 0.5


async def test_a_late_look_is_load(moment: Moment) -> None:
    meter = load.LoadMeter(lambda: moment.executing)
    await meter.sample()
    moment.now = 1.6  # due at 1.0
    await meter.sample()
    assert meter.utilization == pytest.approx(0.6 / 1.6)
