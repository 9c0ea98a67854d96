"""Numbers on pages: users' own exactly as stored, never across a threshold."""

import pytest

from dashboard.parts.cells import number_cell, score_cell
from dashboard.parts.numbers import count, exact, percent, shortened
from dashboard.parts.rows import present_row
from state.domain.kinds import Kind


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0004, "0.0004"),
        (0.99996, "0.99996"),
        (9007199254740993, "9007199254740993"),
        (18446744073709551615, "18446744073709551615"),
        (0.7499, "0.7499"),
        (8080, "8080"),
        (1e-07, "1e-7"),
        (0, "0"),
        (2.0, "2.0"),
    ],
)
def test_a_users_number_is_shown_as_it_is_stored(value: float, text: str) -> None:
    assert exact(value) == text
    assert number_cell(value).text == text


def test_a_long_number_is_cut_and_not_rounded() -> None:
    cell = score_cell(0.749999999999999)
    assert cell.text == "0.7499…"
    assert cell.title == "0.749999999999999"
    assert shortened(0.7500001) == "0.7500001"
    assert number_cell(0.749999999999999).text == "0.7499999999…"


def test_counts_of_ours_have_separators_and_shares_are_rounded_down() -> None:
    assert count(1234567) == "1,234,567"
    assert percent(0.99996) == "99.9%"
    assert percent(0.6999) == "69.9%"
    assert percent(0.29) == "29.0%"
    assert percent(1) == "100.0%"


def test_a_row_shows_the_metrics_digit_by_digit() -> None:
    document = (
        b'{"agentId":"a","agentType":"T","status":"Ready","version":3,'
        b'"performanceMetrics":{"big":9007199254740993,"port":8080,"ratio":0.0004}}'
    )
    row = present_row(Kind.AGENT, document)
    assert row.cells["performanceMetrics"].text == "big 9007199254740993 · port 8080 · ratio 0.0004"
