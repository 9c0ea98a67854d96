"""§5: ``POST /api/v1/{kinds}/{id}/restore``."""

from typing import Any

import httpx
import pytest

from tests.contract.bodies import CREATE_ONLY, SMALLEST, fact, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_refused

SERVERS_OWN = ("version", "lastUpdated", "createdAt")


def content(state: dict[str, Any]) -> dict[str, Any]:
    """A state without what every version changes."""
    return {name: value for name, value in state.items() if name not in SERVERS_OWN}


def restore(
    client: httpx.Client, path: str, version: Any, headers: dict[str, str]
) -> httpx.Response:
    return client.post(f"{path}/restore", json={"version": version}, headers=headers)


def test_it_writes_the_old_content_as_a_new_version(operator: httpx.Client, create: Create) -> None:
    path = create("agents", properties={"a": 1}, activeTaskIds=["t"])
    first = operator.get(path).json()
    operator.patch(path, json={"properties": {"b": 2}, "status": "Paused", "activeTaskIds": []})
    answer = restore(operator, path, 1, if_match(2))
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"3"')
    assert content(answer.json()) == content(first)
    assert answer.json()["createdAt"] == first["createdAt"]
    assert operator.get(path).json() == answer.json()


def test_it_needs_a_precondition(operator: httpx.Client, state: str) -> None:
    assert_refused(restore(operator, state, 1, {}), 428, "precondition_required")
    assert operator.get(state).json()["version"] == 1


def test_it_refuses_a_stale_version(operator: httpx.Client, state: str) -> None:
    operator.patch(state, json={})
    answer = restore(operator, state, 1, if_match(1))
    assert_refused(answer, 412, "version_conflict", currentVersion=2)


def test_a_deleted_state_comes_back(operator: httpx.Client, state: str, kind: str) -> None:
    operator.delete(state, headers=if_match(1))
    answer = restore(operator, state, 1, CREATE_ONLY)
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"3"')
    assert answer.json().items() >= SMALLEST[kind].items()
    assert operator.get(state).json()["version"] == 3


def test_create_only_is_refused_when_the_state_is_there(operator: httpx.Client, agent: str) -> None:
    answer = restore(operator, agent, 1, CREATE_ONLY)
    assert_refused(answer, 412, "version_conflict", currentVersion=1)


def test_if_match_is_refused_when_the_state_is_gone(operator: httpx.Client, agent: str) -> None:
    operator.delete(agent, headers=if_match(1))
    answer = restore(operator, agent, 1, if_match(2))
    assert_refused(answer, 412, "version_conflict", currentVersion=2)


def test_the_facts_come_back_as_they_were(operator: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(2), fact(1)])
    first = operator.get(path).json()
    operator.patch(path, json={"extractedFacts": [fact(3), fact(1, source="changed")]})
    assert content(restore(operator, path, 1, if_match(2)).json()) == content(first)
    read = operator.get(path, headers={"Cache-Control": "no-cache"}).json()
    assert content(read) == content(first)


def test_transitions_are_not_checked(operator: httpx.Client, create: Create) -> None:
    path = create("research", status="InProgress")
    operator.patch(path, json={"status": "Completed"})
    answer = restore(operator, path, 1, if_match(2))
    assert (answer.status_code, answer.json()["status"]) == (200, "InProgress")


def test_invariants_are_not_checked(operator: httpx.Client, create: Create) -> None:
    path = create("research", iterationCount=1)
    operator.patch(path, json={"iterationCount": 9})
    answer = restore(operator, path, 1, if_match(2))
    assert (answer.status_code, answer.json()["iterationCount"]) == (200, 1)


def test_a_version_that_never_was_is_404(operator: httpx.Client, agent: str) -> None:
    assert_refused(restore(operator, agent, 7, if_match(1)), 404, "not_found")


def test_the_version_of_a_delete_cannot_be_restored(operator: httpx.Client, agent: str) -> None:
    operator.delete(agent, headers=if_match(1))
    assert_refused(restore(operator, agent, 2, CREATE_ONLY), 404, "not_found")


def test_an_unknown_state_is_404(operator: httpx.Client, new_path: NewPath) -> None:
    assert_refused(restore(operator, new_path("agents"), 1, CREATE_ONLY), 404, "not_found")


@pytest.mark.parametrize("version", [0, -1, "1", 1.5, None, True])
def test_what_is_no_version_is_422(operator: httpx.Client, agent: str, version: Any) -> None:
    assert_refused(restore(operator, agent, version, if_match(1)), 422, "invalid")


def test_a_restored_version_can_be_undone(operator: httpx.Client, agent: str) -> None:
    operator.patch(agent, json={"agentType": "B"})
    restore(operator, agent, 1, if_match(2))
    assert restore(operator, agent, 2, if_match(3)).json()["agentType"] == "B"


def test_the_counts_follow(operator: httpx.Client, create: Create) -> None:
    path = create("agents", status="Paused")
    operator.patch(path, json={"status": "Failed"})
    before = operator.get("/api/v1/summary").json()["agents"]["byStatus"]
    restore(operator, path, 1, if_match(2))
    after = operator.get("/api/v1/summary").json()["agents"]["byStatus"]
    assert (after["Paused"], after["Failed"]) == (before["Paused"] + 1, before["Failed"] - 1)
