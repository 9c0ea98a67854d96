"""§7: what must be true of a state whatever wrote it."""

from typing import Any

import httpx
import pytest

from tests.contract.bodies import if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_refused

pytestmark = pytest.mark.one_place


def assert_rejected(answer: httpx.Response, field: str) -> None:
    """The verdict names the field, and its confidence is below the threshold."""
    assert_refused(answer, 422, "verification_rejected")
    verdict = answer.json()
    assert 0 <= verdict["confidence"] < 0.8
    assert any(field in issue for issue in verdict["issues"])


def test_the_iteration_count_never_goes_down(client: httpx.Client, create: Create) -> None:
    path = create("research", iterationCount=3)
    assert_rejected(client.patch(path, json={"iterationCount": 2}), "iterationCount")
    body = {"query": "q", "iterationCount": 2}
    assert_rejected(client.put(path, json=body, headers=if_match(1)), "iterationCount")
    assert_rejected(client.patch(path, json={"iterationCount": None}), "iterationCount")
    assert client.get(path).json()["version"] == 1


@pytest.mark.parametrize("count", [3, 4])
def test_the_iteration_count_stays_or_goes_up(
    client: httpx.Client, create: Create, count: int
) -> None:
    path = create("research", iterationCount=3)
    assert client.patch(path, json={"iterationCount": count}).status_code == 200


@pytest.mark.parametrize("status", ["Completed", "Failed", "InProgress"])
def test_completed_at_is_not_before_started_at(
    client: httpx.Client, new_path: NewPath, status: str
) -> None:
    path = new_path("research")
    body = {
        "query": "q",
        "status": status,
        "startedAt": "2024-01-02T00:00:00Z",
        "completedAt": "2024-01-01T23:59:59.999Z",
    }
    assert_rejected(client.put(path, json=body), "completedAt")
    assert client.get(path).status_code == 404
    body["completedAt"] = "2024-01-02T00:00:00Z"
    assert client.put(path, json=body).status_code == 201


def test_offsets_are_compared_as_moments(client: httpx.Client, new_path: NewPath) -> None:
    body = {
        "query": "q",
        "startedAt": "2024-01-02T00:00:00+02:00",
        "completedAt": "2024-01-01T22:30:00Z",
    }
    assert client.put(new_path("research"), json=body).status_code == 201


def test_a_completed_research_keeps_its_completed_at(client: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed")
    assert_rejected(client.patch(path, json={"completedAt": None}), "completedAt")
    assert client.get(path).json()["completedAt"]


@pytest.mark.parametrize(("score", "legal"), [(0, False), (0.74, False), (0.75, True), (1, True)])
def test_is_verified_needs_confidence(
    client: httpx.Client, new_path: NewPath, score: float, legal: bool
) -> None:
    body = {"sourceId": "s", "content": "c", "isVerified": True, "confidenceScore": score}
    answer = client.put(new_path("verifications"), json=body)
    if legal:
        assert answer.status_code == 201
    else:
        assert_rejected(answer, "isVerified")


def test_the_confidence_of_what_is_verified_stays(client: httpx.Client, create: Create) -> None:
    path = create("verifications", isVerified=True, confidenceScore=0.9)
    assert_rejected(client.patch(path, json={"confidenceScore": 0.1}), "isVerified")
    patch: dict[str, Any] = {"confidenceScore": 0.1, "isVerified": False}
    assert client.patch(path, json=patch).status_code == 200


def test_a_verified_fact_needs_confidence(client: httpx.Client, research: str) -> None:
    fact = {"content": "c", "isVerified": True, "confidenceScore": 0.5}
    assert_rejected(client.post(f"{research}/facts", json={"facts": [fact]}), "isVerified")
    assert_rejected(client.patch(research, json={"extractedFacts": [fact]}), "isVerified")
    assert client.get(research).json()["version"] == 1
    fact["confidenceScore"] = 80
    assert client.post(f"{research}/facts", json={"facts": [fact]}).status_code == 200


def test_confidence_does_not_come_from_length(client: httpx.Client, new_path: NewPath) -> None:
    for content in ("", "x", "long " * 5000):
        body = {"sourceId": "s", "content": content}
        assert client.put(new_path("verifications"), json=body).status_code == 201


def test_a_rejection_reaches_neither_log_nor_cache(client: httpx.Client, create: Create) -> None:
    path = create("research", iterationCount=3)
    client.get(path)
    client.patch(path, json={"iterationCount": 1})
    assert client.get(path).json()["iterationCount"] == 3
    assert len(client.get(f"{path}/history").json()["items"]) == 1
