"""§1: which agents are legal, and what the server fills in."""

from typing import Any

import httpx
import pytest

from tests.contract.bodies import READY
from tests.contract.conftest import NewPath
from tests.contract.refusals import assert_invalid

pytestmark = pytest.mark.one_place

STATUSES = ("Initializing", "Ready", "Processing", "Paused", "Completed", "Failed")


@pytest.mark.parametrize("field", ["agentType", "status"])
def test_it_requires(client: httpx.Client, new_path: NewPath, field: str) -> None:
    body = {name: value for name, value in READY.items() if name != field}
    assert_invalid(client.put(new_path("agents"), json=body), field)


def test_it_fills_in_the_defaults(client: httpx.Client, new_path: NewPath) -> None:
    stored = client.put(new_path("agents"), json=READY).json()
    assert stored["properties"] == {}
    assert stored["activeTaskIds"] == []
    assert stored["performanceMetrics"] == {}


@pytest.mark.parametrize("status", STATUSES)
def test_any_status_is_legal_at_creation(
    client: httpx.Client, new_path: NewPath, status: str
) -> None:
    answer = client.put(new_path("agents"), json={**READY, "status": status})
    assert answer.status_code == 201
    assert answer.json()["status"] == status


def test_an_agent_type_of_100_characters_is_legal(client: httpx.Client, new_path: NewPath) -> None:
    body = {**READY, "agentType": "ä" * 100}
    assert client.put(new_path("agents"), json=body).json()["agentType"] == "ä" * 100


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agentType", "a" * 101),
        ("agentType", 7),
        ("agentType", None),
        ("status", "Sleeping"),
        ("status", "ready"),
        ("status", 1),
        ("status", None),
        ("properties", []),
        ("properties", "text"),
        ("properties", None),
        ("activeTaskIds", {}),
        ("activeTaskIds", [1]),
        ("activeTaskIds", [None]),
        ("performanceMetrics", []),
        ("performanceMetrics", {"speed": "fast"}),
        ("performanceMetrics", {"speed": True}),
        ("performanceMetrics", {"speed": None}),
        ("performanceMetrics", {"speed": {}}),
    ],
)
def test_it_refuses_another_type(
    client: httpx.Client, new_path: NewPath, field: str, value: Any
) -> None:
    path = new_path("agents")
    assert_invalid(client.put(path, json={**READY, field: value}), field)
    assert client.get(path).status_code == 404


def test_performance_metrics_are_finite_numbers(client: httpx.Client, new_path: NewPath) -> None:
    metrics = {"whole": 3, "negative": -0.5, "tiny": 5e-324, "huge": 1.7976931348623157e308}
    path = new_path("agents")
    client.put(path, json={**READY, "performanceMetrics": metrics})
    assert client.get(path).json()["performanceMetrics"] == metrics


def test_every_wrong_field_is_named(client: httpx.Client, new_path: NewPath) -> None:
    body = {"status": "Sleeping", "properties": 1, "colour": "red"}
    answer = client.put(new_path("agents"), json=body)
    named = {error["field"] for error in answer.json()["errors"]}
    assert named == {"agentType", "status", "properties", "colour"}
