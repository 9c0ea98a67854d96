"""What a read costs the database does not grow with what it is not about. Counted in `work.py`."""

import json
from typing import Any

import pytest

from tests.rig.backends import Backends
from tests.rig.environment import run_python
from tests.unit.work import LONG_LOG, SHORT_LOG

SLACK = 3
"""Times as much is the same: an index is a level deeper, a page begins behind a key."""
SUMMARY_TABLES = {"state_changelog", "state_changerecord", "state_statecount"}
SUMMARY_MOST = 200


@pytest.fixture(scope="module")
def work(backends: Backends, backend_name: str) -> dict[str, Any]:
    """What the reads cost on a database of their own."""
    backend = backends.fresh(backend_name)
    printed = run_python("-m", "tests.unit.work", environment=backend.environment())
    found: dict[str, Any] = json.loads(printed)
    return found


def test_page_1000_costs_what_page_1_costs(work: dict[str, Any]) -> None:
    """Without a filter and with each equality filter, however what fits it is spread."""
    least = min(cost for costs in work["pages"].values() for cost in costs)
    grown = {asked: costs for asked, costs in work["pages"].items() if max(costs) > SLACK * least}
    assert grown == {}


def test_the_summary_scans_no_table(work: dict[str, Any]) -> None:
    assert set(work["summary"]["tables"]) == SUMMARY_TABLES
    assert work["summary"]["amount"] < SUMMARY_MOST
    assert work["summary"]["statements"] == 1


def test_a_moment_costs_the_same_however_long_the_log_is(work: dict[str, Any]) -> None:
    halvings = (LONG_LOG // SHORT_LOG).bit_length()
    for short, long in zip(work["pastOfShortLog"], work["pastOfLongLog"], strict=True):
        assert long["amount"] <= SLACK * short["amount"]
        assert long["statements"] <= short["statements"] + halvings
