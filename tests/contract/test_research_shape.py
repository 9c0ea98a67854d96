"""§1: which researches are legal, and what the server fills in."""

from typing import Any

import httpx
import pytest

from tests.contract.bodies import RESEARCH, fact
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_invalid, assert_refused

pytestmark = pytest.mark.one_place

STATUSES = ("Pending", "InProgress", "Verifying", "Completed", "Failed")


def test_it_requires_a_query(client: httpx.Client, new_path: NewPath) -> None:
    assert_invalid(client.put(new_path("research"), json={"status": "Pending"}), "query")


def test_it_fills_in_the_defaults(client: httpx.Client, new_path: NewPath) -> None:
    stored = client.put(new_path("research"), json=RESEARCH).json()
    assert stored["status"] == "Pending"
    assert stored["extractedFacts"] == []
    assert stored["factCount"] == 0
    assert stored["sources"] == []
    assert stored["currentQualityScore"] == 0
    assert stored["iterationCount"] == 0
    assert stored["completedAt"] is None
    assert stored["metadata"] == {}


def test_the_server_fills_started_at_at_creation(client: httpx.Client, new_path: NewPath) -> None:
    stored = client.put(new_path("research"), json=RESEARCH).json()
    assert stored["startedAt"] == stored["createdAt"]


def test_a_given_started_at_is_kept(client: httpx.Client, new_path: NewPath) -> None:
    body = {**RESEARCH, "startedAt": "2024-02-29T12:30:00.5Z"}
    assert client.put(new_path("research"), json=body).json()["startedAt"] == body["startedAt"]


@pytest.mark.parametrize("status", ["Completed", "Failed"])
def test_the_server_fills_completed_at_at_the_end(
    client: httpx.Client, create: Create, status: str
) -> None:
    path = create("research", status="InProgress")
    ended = client.patch(path, json={"status": status}).json()
    assert ended["completedAt"] == ended["lastUpdated"]


@pytest.mark.parametrize("status", ["Completed", "Failed"])
def test_the_server_fills_completed_at_when_created_at_the_end(
    client: httpx.Client, new_path: NewPath, status: str
) -> None:
    stored = client.put(new_path("research"), json={**RESEARCH, "status": status}).json()
    assert stored["completedAt"] == stored["createdAt"]


def test_a_given_completed_at_is_kept(client: httpx.Client, create: Create) -> None:
    path = create("research", status="InProgress", startedAt="2024-01-01T00:00:00Z")
    patch = {"status": "Completed", "completedAt": "2024-01-02T00:00:00Z"}
    assert client.patch(path, json=patch).json()["completedAt"] == "2024-01-02T00:00:00Z"


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Verifying"])
def test_before_its_end_there_is_no_completed_at(
    client: httpx.Client, new_path: NewPath, status: str
) -> None:
    stored = client.put(new_path("research"), json={**RESEARCH, "status": status}).json()
    assert stored["completedAt"] is None


@pytest.mark.parametrize("status", STATUSES)
def test_any_status_is_legal_at_creation(
    client: httpx.Client, new_path: NewPath, status: str
) -> None:
    answer = client.put(new_path("research"), json={**RESEARCH, "status": status})
    assert answer.status_code == 201


def test_times_come_back_in_utc_ending_in_z(client: httpx.Client, new_path: NewPath) -> None:
    body = {**RESEARCH, "startedAt": "2024-05-01T12:00:00+02:00"}
    started = client.put(new_path("research"), json=body).json()["startedAt"]
    assert started.startswith("2024-05-01T10:00:00")
    assert started.endswith("Z")


def test_a_query_of_10_000_characters_is_legal(client: httpx.Client, new_path: NewPath) -> None:
    answer = client.put(new_path("research"), json={"query": "ä" * 10_000})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("query", "q" * 10_001),
        ("query", 1),
        ("query", None),
        ("status", "Paused"),
        ("sources", "a"),
        ("sources", [1]),
        ("currentQualityScore", -0.01),
        ("currentQualityScore", 1.01),
        ("currentQualityScore", "0.5"),
        ("iterationCount", -1),
        ("iterationCount", 1.5),
        ("iterationCount", 2**64),
        ("iterationCount", "3"),
        ("startedAt", "yesterday"),
        ("startedAt", "2024-05-01"),
        ("startedAt", "2024-05-01T12:00:00"),
        ("startedAt", "2024-02-30T12:00:00Z"),
        ("completedAt", 5),
        ("metadata", []),
        ("extractedFacts", {}),
        ("extractedFacts", ["text"]),
    ],
)
def test_it_refuses_another_type(
    client: httpx.Client, new_path: NewPath, field: str, value: Any
) -> None:
    path = new_path("research")
    assert_invalid(client.put(path, json={**RESEARCH, field: value}), field)
    assert client.get(path).status_code == 404


def test_the_iteration_count_may_be_any_integer_that_can_be_stored(
    client: httpx.Client, new_path: NewPath
) -> None:
    path = new_path("research")
    most = {**RESEARCH, "iterationCount": 2**64 - 1}
    assert client.put(path, json=most).json()["iterationCount"] == 2**64 - 1
    answer = client.patch(path, json={"iterationCount": 2**64 - 2})
    assert_refused(answer, 422, "verification_rejected")
    assert client.patch(path, json={"status": "InProgress"}).status_code == 200
    past = client.get(path, params={"version": 1}).json()
    assert (past["status"], past["iterationCount"]) == ("Pending", 2**64 - 1)


@pytest.mark.parametrize("score", [0, 0.5, 1])
def test_a_quality_score_from_0_to_1_is_legal(
    client: httpx.Client, new_path: NewPath, score: float
) -> None:
    body = {**RESEARCH, "currentQualityScore": score}
    assert client.put(new_path("research"), json=body).json()["currentQualityScore"] == score


def test_a_put_without_facts_leaves_them_alone(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1), fact(2)])
    stored = client.put(path, json={"query": "another"}, headers={"If-Match": '"1"'}).json()
    assert [one["id"] for one in stored["extractedFacts"]] == ["f1", "f2"]
    assert stored["factCount"] == 2


def test_a_put_with_an_empty_list_removes_the_facts(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1), fact(2)])
    body = {"query": "another", "extractedFacts": []}
    stored = client.put(path, json=body, headers={"If-Match": '"1"'}).json()
    assert stored["extractedFacts"] == []
    assert stored["factCount"] == 0
    assert client.get(path).json()["extractedFacts"] == []


def test_fact_count_comes_with_the_facts(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(number) for number in range(7)])
    assert client.get(path).json()["factCount"] == 7


def test_fact_count_is_ignored_on_input(client: httpx.Client, create: Create) -> None:
    path = create("research", factCount=99)
    assert client.get(path).json()["factCount"] == 0
