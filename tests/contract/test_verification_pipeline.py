"""§7: what every write passes before it is stored."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.contract.bodies import (
    FROM_THE_DATABASE,
    READY,
    SMALLEST,
    Body,
    fact,
    if_match,
)
from tests.contract.conftest import Create, NewPath
from tests.contract.leases import acquire
from tests.contract.refusals import assert_refused
from tests.rig.backends import Backends
from tests.rig.server import Server, running

pytestmark = pytest.mark.one_place


@contextmanager
def server_with(backends: Backends, **settings: str) -> Iterator[Server]:
    backend = backends.fresh("sqlite")
    with running(Server(backend, backend.directory, **settings)) as (instance,):
        yield instance


@pytest.fixture(scope="session")
def strict(backends: Backends) -> Iterator[httpx.Client]:
    """An instance that verifies less easily."""
    settings = {"LIGHTNING_VERIFIED_THRESHOLD": "0.9"}
    with server_with(backends, **settings) as instance:
        yield instance.client_as("agent")


@pytest.fixture(scope="session")
def operator(server: Server) -> httpx.Client:
    return server.client_as("operator")


def version_of(client: httpx.Client, path: str) -> int:
    version: int = client.get(path, headers=FROM_THE_DATABASE).json()["version"]
    return version


def batch(client: httpx.Client, kind: str, items: list[Body]) -> list[dict[str, Any]]:
    answer = client.post(f"/api/v1/{kind}/batch-set", json={"items": items})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


# --- Transitions --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_illegal_transition_stores_nothing(
    client: httpx.Client, create: Create, method: str
) -> None:
    path = create("agents", status="Initializing")
    body = {**READY, "status": "Processing"}
    answer = client.request(method, path, json=body, headers=if_match(1))
    assert_refused(answer, 409, "illegal_transition")
    assert version_of(client, path) == 1
    assert client.get(path).json()["status"] == "Initializing"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_operator_forces_a_transition_for_a_reason(
    operator: httpx.Client, create: Create, method: str
) -> None:
    path = create("research", status="Completed")
    body = {**SMALLEST["research"], "status": "InProgress"}
    headers = if_match(1) | {"Lightning-Reason": "closed by mistake"}
    answer = operator.request(method, path, params={"force": "true"}, json=body, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["status"] == "InProgress"
    row = operator.get(f"{path}/history").json()["items"][0]
    assert row["actor"] == "rig-operator"
    assert (row["reason"], row["forced"]) == ("closed by mistake", True)
    assert row["oldValues"]["status"] == "Completed"


def test_the_log_says_that_a_transition_was_forced_when_the_operator_does_not(
    operator: httpx.Client, create: Create
) -> None:
    path = create("research", status="Completed")
    operator.patch(path, params={"force": "true"}, json={"status": "InProgress"})
    row = operator.get(f"{path}/history").json()["items"][0]
    assert (row["reason"], row["forced"]) == ("forced Completed → InProgress", True)


def test_force_is_an_operator_s(client: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed")
    answer = client.patch(path, params={"force": "true"}, json={"status": "InProgress"})
    assert_refused(answer, 403, "forbidden")
    assert version_of(client, path) == 1


def test_a_legal_transition_is_not_called_forced(operator: httpx.Client, agent: str) -> None:
    operator.patch(agent, params={"force": "true"}, json={"status": "Paused"})
    row = operator.get(f"{agent}/history").json()["items"][0]
    assert row["reason"] == ""
    assert "forced" not in row


def test_force_lifts_transitions_only(operator: httpx.Client, create: Create) -> None:
    path = create("research", status="InProgress", iterationCount=3)
    force = {"force": "true"}
    lower = operator.patch(path, params=force, json={"iterationCount": 1})
    assert_refused(lower, 422, "verification_rejected")
    shapeless = operator.patch(path, params=force, json={"iterationCount": -1})
    assert_refused(shapeless, 422, "invalid")
    stale = operator.patch(path, params=force, json={}, headers=if_match(9))
    assert_refused(stale, 412, "version_conflict")
    acquire(operator, path)
    assert_refused(operator.patch(path, params=force, json={}), 423, "locked")


# --- Invariants ---------------------------------------------------------------------------------


def assert_rejected(answer: httpx.Response, field: str) -> None:
    assert_refused(answer, 422, "verification_rejected")
    problem = answer.json()
    assert 0 <= problem["confidence"] < 0.8
    assert any(field in issue for issue in problem["issues"]), problem["issues"]
    assert all(isinstance(issue, str) for issue in problem["issues"])


def test_a_put_that_forgets_the_iteration_count_would_lower_it(
    client: httpx.Client, create: Create
) -> None:
    path = create("research", iterationCount=5)
    answer = client.put(path, json=SMALLEST["research"], headers=if_match(1))
    assert_rejected(answer, "iterationCount")


def test_nothing_is_completed_before_it_started(
    client: httpx.Client, new_path: NewPath, create: Create
) -> None:
    times = {"startedAt": "2026-05-01T00:00:00Z", "completedAt": "2026-04-01T00:00:00Z"}
    path = new_path("research")
    answer = client.put(path, json={**SMALLEST["research"], "status": "Completed", **times})
    assert_rejected(answer, "completedAt")
    assert client.get(path).status_code == 404
    started = create("research", status="InProgress", startedAt=times["startedAt"])
    answer = client.patch(started, json={"completedAt": times["completedAt"]})
    assert_rejected(answer, "completedAt")
    assert version_of(client, started) == 1


@pytest.mark.parametrize("confidence", [0.0, 0.74])
def test_verified_needs_confidence(
    client: httpx.Client, new_path: NewPath, confidence: float
) -> None:
    path = new_path("verifications")
    body = {**SMALLEST["verifications"], "isVerified": True, "confidenceScore": confidence}
    assert_rejected(client.put(path, json=body), "isVerified")
    assert client.get(path).status_code == 404
    assert client.put(path, json={**body, "confidenceScore": 0.75}).status_code == 201
    assert_rejected(client.patch(path, json={"confidenceScore": confidence}), "isVerified")
    assert version_of(client, path) == 1


@pytest.mark.parametrize("way", ["PUT", "PATCH", "append"])
def test_a_verified_fact_needs_confidence_too(
    client: httpx.Client, research: str, way: str
) -> None:
    facts = [fact(1), fact(2, isVerified=True, confidenceScore=0.7)]
    if way == "append":
        answer = client.post(f"{research}/facts", json={"facts": facts})
    else:
        body = {**SMALLEST["research"], "extractedFacts": facts}
        answer = client.request(way, research, json=body, headers=if_match(1))
    assert_rejected(answer, "[1].isVerified")
    assert version_of(client, research) == 1
    facts[1]["confidenceScore"] = 0.75
    answer = client.post(f"{research}/facts", json={"facts": facts})
    assert answer.json()["added"] == 2


def test_the_threshold_of_what_is_verified_is_a_setting(strict: httpx.Client) -> None:
    body = {**SMALLEST["verifications"], "isVerified": True, "confidenceScore": 0.89}
    assert_rejected(strict.put("/api/v1/verifications/v1", json=body), "isVerified")
    body["confidenceScore"] = 0.9
    assert strict.put("/api/v1/verifications/v1", json=body).status_code == 201


def test_every_broken_invariant_is_named(client: httpx.Client, create: Create) -> None:
    path = create("research", status="InProgress", iterationCount=2)
    early = {"iterationCount": 1, "completedAt": "2000-01-01T00:00:00Z"}
    problem = client.patch(path, json=early)
    assert_rejected(problem, "iterationCount")
    assert_rejected(problem, "completedAt")


def test_a_transition_is_judged_before_the_invariants(client: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed", iterationCount=2)
    answer = client.patch(path, json={"status": "InProgress", "iterationCount": 1})
    assert_refused(answer, 409, "illegal_transition")


def test_batch_items_are_judged_one_by_one(client: httpx.Client, create: Create) -> None:
    paths = [create("research", iterationCount=2) for _ in range(2)]
    items = [
        {"id": path.rpartition("/")[2], "patch": {"iterationCount": count}}
        for path, count in zip(paths, (1, 3), strict=True)
    ]
    rejected, stored = batch(client, "research", items)
    assert (rejected["status"], stored["status"]) == (422, 200)
    assert rejected["error"]["code"] == "verification_rejected"
    assert rejected["error"]["issues"]
    body = {"items": items, "atomic": True}
    answer = client.post("/api/v1/research/batch-set", json=body)
    assert_refused(answer, 409, "batch_rejected")
    assert [one["status"] for one in answer.json()["results"]] == [422, 424]
    assert [version_of(client, path) for path in paths] == [1, 2]


def test_a_rejection_is_no_change_and_is_logged(
    server: Server, client: httpx.Client, create: Create
) -> None:
    path = create("research", iterationCount=5)
    before = client.get("/api/v1/events").json()["cursor"]
    client.patch(path, json={"iterationCount": 1})
    assert len(client.get(f"{path}/history").json()["items"]) == 1
    asked = {"after": before, "ids": path.rpartition("/")[2], "wait": "0"}
    assert client.get("/api/v1/events", params=asked).json()["events"] == []
    assert path.rpartition("/")[2] in server.log_tail(200)


# --- Content verifiers --------------------------------------------------------------------------

VERIFIER = {"LIGHTNING_CONTENT_VERIFIERS": "tests.contract.verifiers.Obedient"}


@pytest.fixture(scope="session")
def doubting(backends: Backends) -> Iterator[httpx.Client]:
    """An instance whose content verifier says what the state tells it to."""
    with server_with(backends, **VERIFIER) as instance:
        yield instance.client_as("operator")


@pytest.fixture(scope="session")
def lenient(backends: Backends) -> Iterator[httpx.Client]:
    """The same with a low threshold, letting through what cannot be verified."""
    settings = {
        "LIGHTNING_CONFIDENCE_THRESHOLD": "0.3",
        "LIGHTNING_VERIFIER_UNAVAILABLE": "allow",
    }
    with server_with(backends, **VERIFIER, **settings) as instance:
        yield instance.client_as("agent")


def told(**orders: Any) -> Body:
    return {**READY, "properties": orders}


def test_a_confidence_below_the_threshold_is_rejected(
    doubting: httpx.Client, lenient: httpx.Client, new_path: NewPath
) -> None:
    path = new_path("agents")
    answer = doubting.put(path, json=told(confidence=0.79))
    assert_refused(answer, 422, "verification_rejected", confidence=0.79)
    assert doubting.get(path).status_code == 404
    assert doubting.put(path, json=told(confidence=0.8)).status_code == 201
    assert lenient.put(path, json=told(confidence=0.3)).status_code == 201
    assert lenient.patch(path, json=told(confidence=0.29)).status_code == 422


def test_an_issue_is_passed_on(doubting: httpx.Client, new_path: NewPath) -> None:
    answer = doubting.put(new_path("agents"), json=told(issue="properties: too vague"))
    assert_refused(answer, 422, "verification_rejected", issues=["properties: too vague"])


def test_an_append_of_facts_is_verified_too(doubting: httpx.Client, new_path: NewPath) -> None:
    path = new_path("research")
    doubting.put(path, json={"query": "q"})
    orders = {"metadata": {"issue": "metadata: no"}}
    assert doubting.patch(path, json=orders).status_code == 422
    assert doubting.post(f"{path}/facts", json={"facts": [fact(1)]}).status_code == 200


def test_force_does_not_lift_the_verdict(doubting: httpx.Client, new_path: NewPath) -> None:
    path = new_path("agents")
    answer = doubting.put(path, params={"force": "true"}, json=told(confidence=0.1))
    assert_refused(answer, 422, "verification_rejected")


def test_a_verifier_that_cannot_judge_is_no_verdict(
    doubting: httpx.Client, lenient: httpx.Client, new_path: NewPath
) -> None:
    path = new_path("agents")
    answer = doubting.put(path, json=told(unreachable=True))
    assert_refused(answer, 503, "verifier_unavailable")
    assert doubting.get(path).status_code == 404
    assert lenient.put(path, json=told(unreachable=True)).status_code == 201


def test_a_verifier_that_breaks_is_no_verdict_either(
    doubting: httpx.Client, lenient: httpx.Client, new_path: NewPath
) -> None:
    path = new_path("agents")
    answer = doubting.put(path, json=told(broken=True))
    assert_refused(answer, 503, "verifier_unavailable")
    assert "10.0.0.1" not in answer.text
    assert doubting.get(path).status_code == 404
    assert lenient.put(path, json=told(broken=True)).status_code == 201


def test_a_verifier_that_breaks_spoils_its_own_item_alone(
    doubting: httpx.Client, new_id: Callable[[str], str]
) -> None:
    items = [{"id": new_id("a"), "state": told(broken=broken)} for broken in (False, True, False)]
    assert [one["status"] for one in batch(doubting, "agents", items)] == [201, 503, 201]


def test_writes_of_one_state_go_round_until_each_was_judged_as_it_was_stored(
    doubting: httpx.Client, new_path: NewPath
) -> None:
    path = new_path("agents")
    doubting.put(path, json=READY).raise_for_status()
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(
                lambda number: doubting.patch(path, json=told(**{f"n{number}": 1})), range(24)
            )
        )
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 26))
    stored = doubting.get(path, headers=FROM_THE_DATABASE).json()
    assert len(stored["properties"]) == 24


def test_a_confidence_below_0_counts_as_0(doubting: httpx.Client, new_path: NewPath) -> None:
    answer = doubting.put(new_path("agents"), json=told(confidence=-3))
    assert_refused(answer, 422, "verification_rejected", confidence=0.0)


def test_a_rejected_retry_is_judged_anew(
    doubting: httpx.Client, new_path: NewPath, new_id: Callable[[str], str]
) -> None:
    path, headers = new_path("agents"), {"Idempotency-Key": new_id("key")}
    for _ in range(2):
        answer = doubting.put(path, json=told(unreachable=True), headers=headers)
        assert_refused(answer, 503, "verifier_unavailable")
        assert "Idempotency-Replayed" not in answer.headers
