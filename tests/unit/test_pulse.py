"""Changes a second: the minute before the first question, and what came since, each once."""

import pytest
from msgspec.structs import replace

from dashboard.live import pulse as pulse_module
from dashboard.live.pulse import Pulse
from state.changelog.cursor import Cursor
from state.changelog.events import ChangeEvent
from tests.unit.log_events import event

NOW = 1_800_000_000


def at(second: int) -> ChangeEvent:
    return replace(event(1), position=Cursor("0123abcd", 1, second * 1_000_000))


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Pulse:
    """One whose log tells of three changes 5 s ago, one of which the tail has brought as well."""
    made = Pulse()

    def log(since: object) -> dict[int, int]:
        made.count([at(NOW - 5)])
        return {NOW - 5: 3}

    monkeypatch.setattr(pulse_module.time, "time", lambda: NOW + 0.5)
    monkeypatch.setattr(pulse_module, "changes_by_second", log)
    monkeypatch.setattr(pulse_module.tail, "subscribe", lambda subscriber: lambda: None)
    return made


def test_the_minute_before_is_known_at_once_and_nothing_counts_twice(pulse: Pulse) -> None:
    shown = pulse.per_second()
    assert len(shown) == 60
    assert shown[-6] == sum(shown) == 3


def test_what_comes_is_counted_by_the_logs_time_and_forgotten_after_two_minutes(
    pulse: Pulse,
) -> None:
    pulse.per_second()
    pulse.count([at(NOW), at(NOW), at(NOW - 1), at(NOW - 500)])
    assert pulse.per_second()[-2:] == [1, 2]
    assert min(pulse._counts) == NOW - 5


def test_a_log_that_cannot_be_read_is_asked_again(
    pulse: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(since: object) -> dict[int, int]:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(pulse_module, "changes_by_second", fail)
        with pytest.raises(ConnectionError):
            pulse.per_second()
    assert sum(pulse.per_second()) == 3
