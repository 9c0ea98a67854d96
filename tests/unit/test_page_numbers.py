"""Numbers on pages: users' own exactly as stored, never across a threshold."""

from typing import Any

import pytest

from dashboard.pages.cache.figures import present_choices, present_instances, present_levels
from dashboard.parts.cache import present_cache
from dashboard.parts.cells import NONE, number_cell, score_cell
from dashboard.parts.numbers import count, exact, percent, shortened, size
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


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (812, "812 B"),
        (1024, "1 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (512 * 1024**2, "512 MiB"),
        (13_002_342, "12.4 MiB"),
        (3 * 1024**5, "3072 TiB"),
    ],
)
def test_a_size_is_in_the_units_of_the_settings(size_bytes: int, text: str) -> None:
    assert size(size_bytes) == text


@pytest.mark.parametrize(("hits", "text"), [(0, NONE), (3, "75.0%")])
def test_a_hit_rate_of_nothing_read_is_none_yet(hits: int, text: str) -> None:
    rate = 0.75 if hits else 0.0
    counted = {"hits": hits, "misses": hits // 3, "entries": 0, "bytes": 0, "ttlSeconds": 300}
    level: dict[str, Any] = {**counted, "hitRate": rate, "maxBytes": 1, "evictions": 0}
    levels = {"L1": level, "L2": {**level, "available": True}, "L3": {"reads": 0}}
    instance = {"instance": "i1", "workers": 1, "hitRate": rate, "levels": levels}
    kinds = {"agent_state": {**counted, "share": 1.0, "reason": ""}}
    figures = present_cache({"hitRate": rate, "levels": levels, "instances": [instance]})
    shown = (
        *(figures.cells[name].text for name in ("hitRate", "l1HitRate", "l2HitRate")),
        figures.instances[0].cells["hitRate"].text,
        *(one.hit_rate for one in present_levels(levels)[:2]),
        *(one.hit_rate for one in present_choices(kinds)),
        *(one.hit_rate for one in present_instances([instance])),
    )
    assert set(shown) == {text}


def test_a_row_shows_the_metrics_digit_by_digit() -> None:
    document = (
        b'{"agentId":"a","agentType":"T","status":"Ready","version":3,'
        b'"performanceMetrics":{"big":9007199254740993,"port":8080,"ratio":0.0004}}'
    )
    row = present_row(Kind.AGENT, document)
    assert row.cells["performanceMetrics"].text == "big 9007199254740993 · port 8080 · ratio 0.0004"
