"""§5: ``GET …/diff`` and ``POST …/restore``."""

from collections.abc import Callable

import httpx
import pytest

from tests.contract.bodies import (
    CREATE_ONLY,
    RESEARCH,
    WHATEVER_IS_THERE,
    Body,
    fact,
    if_match,
)
from tests.contract.conftest import Create
from tests.contract.refusals import assert_refused
from tests.rig.server import Server

SERVERS_OWN = {"lastUpdated", "version"}


@pytest.fixture(scope="session")
def operator(server: Server) -> httpx.Client:
    """May restore."""
    return server.client_as("operator")


def content(state: Body) -> Body:
    return {name: value for name, value in state.items() if name not in SERVERS_OWN}


def restore(
    client: httpx.Client, path: str, version: int, headers: dict[str, str]
) -> httpx.Response:
    return client.post(f"{path}/restore", json={"version": version}, headers=headers)


# --- Differences --------------------------------------------------------------------------------


def test_a_difference_names_only_the_fields_that_differ(client: httpx.Client, agent: str) -> None:
    client.patch(agent, json={"status": "Processing", "properties": {"a": 1}})
    client.patch(agent, json={"status": "Ready", "activeTaskIds": ["t1"]})
    answer = client.get(f"{agent}/diff", params={"from": 1, "to": 3})
    assert answer.status_code == 200
    assert answer.json() == {
        "from": 1,
        "to": 3,
        "oldValues": {"properties": {}, "activeTaskIds": []},
        "newValues": {"properties": {"a": 1}, "activeTaskIds": ["t1"]},
    }


def test_a_difference_reads_in_both_directions(client: httpx.Client, agent: str) -> None:
    client.patch(agent, json={"status": "Paused"})
    back = client.get(f"{agent}/diff", params={"from": 2, "to": 1}).json()
    assert back == {
        "from": 2,
        "to": 1,
        "oldValues": {"status": "Paused"},
        "newValues": {"status": "Ready"},
    }


def test_a_version_does_not_differ_from_itself(client: httpx.Client, state: str) -> None:
    same = client.get(f"{state}/diff", params={"from": 1, "to": 1}).json()
    assert (same["oldValues"], same["newValues"]) == ({}, {})


def test_a_difference_of_facts_has_them_as_they_were(client: httpx.Client, research: str) -> None:
    client.post(f"{research}/facts", json={"facts": [fact(1)]})
    client.post(f"{research}/facts", json={"facts": [fact(2)]})
    body = client.get(f"{research}/diff", params={"from": 2, "to": 3}).json()
    assert [one["id"] for one in body["oldValues"]["extractedFacts"]] == ["f1"]
    assert [one["id"] for one in body["newValues"]["extractedFacts"]] == ["f1", "f2"]
    assert (body["oldValues"]["factCount"], body["newValues"]["factCount"]) == (1, 2)


def test_a_difference_is_there_after_a_delete(client: httpx.Client, agent: str) -> None:
    client.patch(agent, json={"status": "Paused"})
    client.delete(agent, headers=if_match(2))
    body = client.get(f"{agent}/diff", params={"from": 1, "to": 2}).json()
    assert body["newValues"] == {"status": "Paused"}


@pytest.mark.parametrize(("old", "new"), [(1, 2), (2, 1), (0, 1)])
def test_a_difference_with_a_version_that_never_was_is_404(
    client: httpx.Client, state: str, old: int, new: int
) -> None:
    answer = client.get(f"{state}/diff", params={"from": old, "to": new})
    assert_refused(answer, 404, "not_found")


@pytest.mark.parametrize("parameters", [{}, {"from": "1"}, {"from": "1", "to": "x"}])
def test_a_difference_needs_two_versions(
    client: httpx.Client, state: str, parameters: dict[str, str]
) -> None:
    assert_refused(client.get(f"{state}/diff", params=parameters), 400, "malformed")


# --- Restoring ----------------------------------------------------------------------------------


def test_an_old_version_comes_back_as_a_new_one(
    client: httpx.Client, operator: httpx.Client, agent: str
) -> None:
    first = client.get(agent).json()
    client.patch(agent, json={"status": "Paused", "properties": {"a": 1}})
    answer = restore(operator, agent, 1, if_match(2) | {"Lightning-Reason": "undo"})
    assert answer.status_code == 200
    assert answer.json()["version"] == 3
    assert answer.headers["ETag"] == '"3"'
    assert content(answer.json()) == content(first)
    assert content(client.get(agent).json()) == content(first)
    newest = client.get(f"{agent}/history").json()["items"][0]
    assert (newest["changeType"], newest["reason"]) == ("Restored", "undo")
    assert newest["actor"] == "rig-operator"
    assert newest["newValues"] == {"status": "Ready", "properties": {}}


def test_restored_facts_are_those_of_the_version(
    client: httpx.Client, operator: httpx.Client, research: str
) -> None:
    client.post(f"{research}/facts", json={"facts": [fact(1), fact(2)]})
    then = client.get(research).json()
    client.post(f"{research}/facts", json={"facts": [fact(2, content="changed"), fact(3)]})
    answer = restore(operator, research, 2, if_match(3))
    assert answer.json()["extractedFacts"] == then["extractedFacts"]
    assert client.get(research).json()["factCount"] == 2
    assert len(client.get(f"{research}/facts").json()["items"]) == 2
    assert len(client.get(research, params={"version": 3}).json()["extractedFacts"]) == 3


def test_undo_works_from_a_final_status(
    operator: httpx.Client, client: httpx.Client, create: Create
) -> None:
    path = create("research", status="InProgress", iterationCount=2)
    client.patch(path, json={"status": "Completed", "iterationCount": 5})
    assert client.patch(path, json={"status": "InProgress"}).status_code == 409
    answer = restore(operator, path, 1, if_match(2))
    assert answer.status_code == 200
    back = answer.json()
    assert (back["status"], back["iterationCount"], back["completedAt"]) == ("InProgress", 2, None)


def test_a_deleted_state_comes_back(
    client: httpx.Client, operator: httpx.Client, create: Create
) -> None:
    path = create("research", extractedFacts=[fact(1)], metadata={"a": [1]})
    first = client.get(path).json()
    client.delete(path, headers=if_match(1))
    answer = restore(operator, path, 1, CREATE_ONLY)
    assert answer.status_code == 201
    back = answer.json()
    assert back["version"] == 3
    for name in ("query", "metadata", "extractedFacts", "startedAt", "factCount"):
        assert back[name] == first[name]
    assert client.get(path).json() == back


def test_the_summary_counts_restored_states(
    client: httpx.Client, operator: httpx.Client, create: Create
) -> None:
    def ready() -> int:
        number: int = client.get("/api/v1/summary").json()["agents"]["byStatus"]["Ready"]
        return number

    path = create("agents")
    before = ready()
    client.delete(path, headers=if_match(1))
    assert ready() == before - 1
    restore(operator, path, 1, CREATE_ONLY)
    assert ready() == before


def test_a_live_state_is_not_restored_as_a_deleted_one(operator: httpx.Client, state: str) -> None:
    answer = restore(operator, state, 1, CREATE_ONLY)
    assert_refused(answer, 412, "version_conflict", currentVersion=1)


def test_a_deleted_state_has_no_version_to_match(operator: httpx.Client, state: str) -> None:
    operator.delete(state, headers=if_match(1))
    for headers in (if_match(1), if_match(2), WHATEVER_IS_THERE):
        answer = restore(operator, state, 1, headers)
        assert_refused(answer, 412, "version_conflict", currentVersion=2)


def test_a_restore_needs_a_precondition(operator: httpx.Client, state: str) -> None:
    assert_refused(restore(operator, state, 1, {}), 428, "precondition_required")


def test_a_restore_on_a_stale_version_is_refused(
    client: httpx.Client, operator: httpx.Client, state: str
) -> None:
    client.patch(state, json={})
    answer = restore(operator, state, 1, if_match(1))
    assert_refused(answer, 412, "version_conflict", currentVersion=2)


def test_a_version_that_never_was_is_404(operator: httpx.Client, state: str) -> None:
    assert_refused(restore(operator, state, 2, if_match(1)), 404, "not_found")


def test_the_deletion_itself_is_nothing_to_restore(operator: httpx.Client, state: str) -> None:
    operator.delete(state, headers=if_match(1))
    assert_refused(restore(operator, state, 2, CREATE_ONLY), 404, "not_found")


@pytest.mark.parametrize("body", [{}, {"version": "1"}, {"version": 0}, {"version": 1, "x": 1}])
def test_a_body_of_the_wrong_shape_is_422(operator: httpx.Client, state: str, body: Body) -> None:
    answer = operator.post(f"{state}/restore", json=body, headers=if_match(1))
    assert_refused(answer, 422, "invalid")


def test_a_retried_restore_changes_nothing(
    client: httpx.Client, operator: httpx.Client, agent: str, new_id: Callable[[str], str]
) -> None:
    client.patch(agent, json={"status": "Paused"})
    headers = if_match(2) | {"Idempotency-Key": new_id("key")}
    first = restore(operator, agent, 1, headers)
    again = restore(operator, agent, 1, headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert client.get(agent).json()["version"] == 3


def test_only_operators_restore(client: httpx.Client, state: str) -> None:
    assert_refused(restore(client, state, 1, if_match(1)), 403, "forbidden")


def test_any_version_of_a_long_history_comes_back(
    client: httpx.Client, operator: httpx.Client, create: Create
) -> None:
    path = create("research")
    state_id = path.rpartition("/")[2]
    for number in range(1, 150):
        item = {"id": state_id, "patch": {"metadata": {"number": number}}}
        answer = client.post("/api/v1/research/batch-set", json={"items": [item]})
        assert answer.json()["results"][0]["version"] == number + 1
    version = 150
    for old in (2, 63, 64, 65, 128, 129, 149):
        answer = restore(operator, path, old, if_match(version))
        version += 1
        assert answer.json()["version"] == version
        assert answer.json()["metadata"] == {"number": old - 1}
        assert answer.json()["query"] == RESEARCH["query"]
