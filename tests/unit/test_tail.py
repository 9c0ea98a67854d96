"""The tail and its subscribers' faults."""

import pytest

from state.changelog.events import ChangeEvent
from state.changelog.tail import Tail
from tests.unit.log_events import event


def test_a_subscriber_that_fails_is_told_that_it_missed_events(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[list[ChangeEvent]] = []
    missed: list[list[ChangeEvent]] = []

    def failing(events: list[ChangeEvent]) -> None:
        missed.append(events)
        if events:
            raise ValueError("a fault")

    Tail._hand_out([failing, heard.append], [event(1)])
    assert missed == [[event(1)], []]
    assert heard == [[event(1)]]
    assert "failed" in caplog.text
