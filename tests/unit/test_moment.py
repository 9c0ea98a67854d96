"""The moment a page shows, and how the changes are spread under its slider."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.parts.moment import BARS_HEIGHT, as_field, as_rfc3339, present_bars
from state.changelog.density import Density, spread

BEGIN = datetime(2026, 1, 31, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-31T12:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:05", "2026-01-31T12:00:05Z"),
        ("2026-01-31T12:00:05.25", "2026-01-31T12:00:05.25Z"),
        ("2026-01-31T12:00:05+02:00", "2026-01-31T12:00:05+02:00"),
        ("yesterday", "yesterday"),
    ],
)
def test_a_date_field_means_utc(text: str, time: str) -> None:
    assert as_rfc3339(text) == time


def test_a_time_fills_a_date_field_and_nothing_else_does() -> None:
    assert as_field("2026-01-31T14:00:05+02:00") == "2026-01-31T12:00:05.000"
    assert as_field("2026-01-31T12:00") == "2026-01-31T12:00:00.000"
    assert as_field("yesterday") == ""


def test_changes_lie_where_they_happened() -> None:
    one_by_one = [(0, at(0)), (1, at(5)), (2, at(95))]
    assert spread(one_by_one, at(0), at(100), 10) == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_many_changes_between_two_looks_are_even_and_none_is_lost() -> None:
    sampled = [(0, at(0)), (400, at(40)), (1000, at(40)), (1001, at(100))]
    found = spread(sampled, at(0), at(100), 10)
    assert found[:5] == [80, 80, 80, 80, 680]
    assert found[5:] == [0, 0, 0, 0, 1]
    assert spread([(7, at(0))], at(0), at(0), 3) == [0, 0, 0]


def test_the_fullest_stretch_has_the_full_height_and_one_change_is_seen() -> None:
    few, none, many = 1.0, 0.0, 5000.0
    bars = present_bars(Density(at(0), at(3), [few, none, many]))
    assert [(bar.x, bar.height, bar.y) for bar in bars] == [
        (0, 1.0, BARS_HEIGHT - 1),
        (2, BARS_HEIGHT, 0),
    ]
    assert present_bars(Density(at(0), at(1), [0.0, 0.0])) == []
