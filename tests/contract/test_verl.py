"""§7: the five calls that judge texts, over HTTP; the rules are proved in tests/verl."""

import httpx
import pytest

from tests.contract.bodies import RESEARCH
from tests.rig.server import Server

pytestmark = pytest.mark.one_place

PATHS = ("/api/verl", "/api/rlcs")


@pytest.fixture(params=PATHS)
def verl(request: pytest.FixtureRequest) -> str:
    path: str = request.param
    return path


def test_facts_are_verified_against_text(client: httpx.Client, verl: str) -> None:
    answer = client.post(
        f"{verl}/verify-facts",
        json={
            "facts": ["The bridge is 300 m long.", "The bridge opened in 1935.", "It is red."],
            "source": "The bridge is 0.3 km long. It opened in 1932.",
            "unheardOf": True,
        },
    )
    assert answer.status_code == 200
    body = answer.json()
    assert [one["verdict"] for one in body["verdicts"]] == ["supported", "refuted", "unknown"]
    assert body["verifiedCount"] == 1
    assert body["totalCount"] == 3


def test_the_id_of_a_research_means_its_facts_and_sources(client: httpx.Client) -> None:
    research = {
        **RESEARCH,
        "extractedFacts": [{"content": "Iron melts at 1538 °C."}],
        "sources": ["Copper melts at 1085 °C."],
    }
    created = client.put("/api/v1/research/verl-source", json=research)
    assert created.status_code == 201, created.text
    facts = ["Iron melts at 1538 °C.", "Copper melts at 1085 °C.", "Tin melts at 232 °C."]
    answer = client.post("/api/verl/verify-facts", json={"facts": facts, "source": "verl-source"})
    assert [one["verdict"] for one in answer.json()["verdicts"]] == [
        "supported",
        "supported",
        "unknown",
    ]
    again = client.get("/api/v1/research/verl-source")
    assert again.headers["ETag"] == created.headers["ETag"], "judging changes nothing"


def test_a_result_is_judged_by_the_deployments_threshold(client: httpx.Client, verl: str) -> None:
    good = client.post(f"{verl}/verify", json={"taskId": "t1", "result": "Iron melts at 1538 °C."})
    assert good.json()["isValid"] is True
    empty = client.post(f"{verl}/verify", json={"taskId": "t1", "result": ""})
    assert empty.status_code == 200
    assert empty.json()["isValid"] is False


def test_the_seeds_statements_contradict(client: httpx.Client, verl: str) -> None:
    answer = client.post(
        f"{verl}/check-consistency",
        json={"statements": ["Research r1: Completed", "Research r1: Failed"]},
    )
    assert answer.json()["isConsistent"] is False
    assert answer.json()["pairs"][0]["first"] == 0


@pytest.mark.parametrize(
    ("call", "body", "status"),
    [
        ("verify", {"result": "x"}, 422),
        ("verify-facts", {"facts": ["x"] * 1001, "source": "x"}, 422),
        ("verify-facts", {"facts": ["x" * 1_100_000], "source": "x"}, 413),
        ("validate-reasoning", {"steps": [{"stepNumber": "one"}]}, 422),
        ("check-consistency", ["x"], 422),
    ],
)
def test_what_cannot_be_judged_is_refused(
    client: httpx.Client, call: str, body: object, status: int
) -> None:
    answer = client.post(f"/api/verl/{call}", json=body)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_nobody_is_refused_and_a_viewer_is_not(server: Server, verl: str) -> None:
    body = {"statements": ["It is on."]}
    assert server.client().post(f"{verl}/check-consistency", json=body).status_code == 401
    viewer = server.client_as("viewer")
    assert viewer.post(f"{verl}/check-consistency", json=body).status_code == 200


def test_verdicts_on_texts_are_on_the_metrics(client: httpx.Client) -> None:
    body = {"facts": ["The moon is round."], "source": "The moon is round."}
    assert client.post("/api/verl/verify-facts", json=body).status_code == 200
    figures = client.get("/metrics").text
    assert 'lightning_verdicts_total{verdict="supported",verifier="verify-facts"}' in figures
    assert 'lightning_verification_duration_seconds_count{verifier="verify-facts"}' in figures
