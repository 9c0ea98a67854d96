"""§1: which facts are legal, the older shapes, and the ids the server derives."""

from typing import Any

import httpx
import pytest

from tests.contract.refusals import assert_invalid

pytestmark = pytest.mark.one_place


def append(client: httpx.Client, research: str, *facts: dict[str, Any]) -> httpx.Response:
    return client.post(f"{research}/facts", json={"facts": list(facts)})


def stored_facts(client: httpx.Client, research: str) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = client.get(research).json()["extractedFacts"]
    return facts


def test_a_complete_fact_comes_back_as_it_was(client: httpx.Client, research: str) -> None:
    fact = {
        "id": "f:1",
        "content": "water boils at 100 °C",
        "source": "https://example.org/water",
        "confidenceScore": 0.9,
        "isVerified": True,
        "extractedAt": "2024-05-01T12:00:00Z",
        "verificationStatus": "Verified",
    }
    append(client, research, fact)
    assert stored_facts(client, research) == [fact]


def test_it_fills_in_the_defaults(client: httpx.Client, research: str) -> None:
    append(client, research, {"content": "water is wet"})
    [fact] = stored_facts(client, research)
    assert fact["confidenceScore"] == 0
    assert fact["isVerified"] is False
    assert fact["verificationStatus"] == "Pending"
    assert fact["extractedAt"].endswith("Z")


@pytest.mark.parametrize("status", ["Pending", "Verified", "Disputed", "Failed"])
def test_it_knows_the_verification_status(client: httpx.Client, research: str, status: str) -> None:
    append(client, research, {"content": "water is wet", "verificationStatus": status})
    assert stored_facts(client, research)[0]["verificationStatus"] == status


def test_it_derives_an_id_so_a_retry_adds_nothing(client: httpx.Client, research: str) -> None:
    fact = {"content": "water is wet", "source": "lake"}
    assert append(client, research, fact).json()["added"] == 1
    again = append(client, research, fact).json()
    assert (again["added"], again["updated"], again["factCount"]) == (0, 0, 1)


def test_another_source_is_another_derived_id(client: httpx.Client, research: str) -> None:
    append(client, research, {"content": "water is wet", "source": "lake"})
    append(client, research, {"content": "water is wet", "source": "river"})
    assert len({fact["id"] for fact in stored_facts(client, research)}) == 2


def test_a_derived_id_is_the_same_everywhere(client: httpx.Client, create: Any) -> None:
    fact = {"content": "water is wet", "source": "lake"}
    paths = create("research"), create("research", extractedFacts=[fact])
    append(client, paths[0], fact)
    first, second = (stored_facts(client, path)[0]["id"] for path in paths)
    assert first == second


def test_the_older_source_url_is_the_source(client: httpx.Client, research: str) -> None:
    append(client, research, {"content": "c", "sourceUrl": "https://example.org"})
    [fact] = stored_facts(client, research)
    assert fact["source"] == "https://example.org"
    assert "sourceUrl" not in fact


def test_the_older_confidence_is_the_confidence_score(client: httpx.Client, research: str) -> None:
    append(client, research, {"content": "c", "confidence": 0.25})
    [fact] = stored_facts(client, research)
    assert fact["confidenceScore"] == 0.25
    assert "confidence" not in fact


@pytest.mark.parametrize(("given", "stored"), [(87, 0.87), (100, 1), (1.5, 0.015), (1, 1), (0, 0)])
@pytest.mark.parametrize("name", ["confidenceScore", "confidence"])
def test_a_score_above_1_is_a_percentage(
    client: httpx.Client, research: str, name: str, given: float, stored: float
) -> None:
    append(client, research, {"content": "c", name: given})
    assert stored_facts(client, research)[0]["confidenceScore"] == pytest.approx(stored)


def test_the_older_shape_is_understood_in_a_put(client: httpx.Client, create: Any) -> None:
    fact = {"content": "c", "sourceUrl": "s", "confidence": 50}
    [stored] = stored_facts(client, create("research", extractedFacts=[fact]))
    assert (stored["source"], stored["confidenceScore"]) == ("s", 0.5)


@pytest.mark.parametrize(
    "fact",
    [
        {"source": "s"},
        {"content": 5},
        {"content": None},
        {"content": "c", "id": "with space"},
        {"content": "c", "id": ""},
        {"content": "c", "id": "a\n"},
        {"content": "c", "confidenceScore": -0.1},
        {"content": "c", "confidenceScore": 100.1},
        {"content": "c", "isVerified": "yes"},
        {"content": "c", "extractedAt": "now"},
        {"content": "c", "verificationStatus": "Maybe"},
        {"content": "c", "colour": "red"},
    ],
    ids=str,
)
def test_it_refuses_another_shape(
    client: httpx.Client, research: str, fact: dict[str, Any]
) -> None:
    assert_invalid(append(client, research, {"content": "fine"}, fact), "facts[1]")
    assert stored_facts(client, research) == []


def test_a_fact_of_64_kib_is_legal_and_a_larger_one_is_not(
    client: httpx.Client, research: str
) -> None:
    assert append(client, research, {"content": "c" * 60_000}).status_code == 200
    assert_invalid(append(client, research, {"content": "c" * (64 * 1024)}), "facts[0]")
