"""§2: ``PUT /api/v1/{kinds}/{id}``."""

import httpx
import pytest

from tests.contract.bodies import CREATE_ONLY, READY, WHATEVER_IS_THERE, Body, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_refused


def test_it_creates_without_a_precondition(
    client: httpx.Client, new_path: NewPath, kind: str, body: Body
) -> None:
    path = new_path(kind)
    answer = client.put(path, json=body)
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == path
    assert answer.json() == client.get(path).json()


def test_without_a_precondition_it_needs_one_when_the_state_is_there(
    client: httpx.Client, state: str, body: Body
) -> None:
    assert_refused(client.put(state, json=body), 428, "precondition_required")
    assert client.get(state).json()["version"] == 1


def test_it_creates_only(client: httpx.Client, new_path: NewPath, kind: str, body: Body) -> None:
    path = new_path(kind)
    answer = client.put(path, json=body, headers=CREATE_ONLY)
    assert answer.status_code == 201
    assert answer.headers["Location"] == path


def test_it_refuses_to_create_what_is_there(client: httpx.Client, state: str, body: Body) -> None:
    client.patch(state, json={})
    answer = client.put(state, json=body, headers=CREATE_ONLY)
    assert_refused(answer, 412, "version_conflict", currentVersion=2)


def test_it_replaces_the_version_it_names(client: httpx.Client, create: Create) -> None:
    path = create("agents", properties={"old": 1}, activeTaskIds=["t1"])
    answer = client.put(path, json={**READY, "properties": {"new": 2}}, headers=if_match(1))
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    replaced = answer.json()
    assert replaced["version"] == 2
    assert replaced["properties"] == {"new": 2}
    assert replaced["activeTaskIds"] == []
    assert client.get(path).json() == replaced


def test_it_refuses_a_stale_version(client: httpx.Client, state: str, body: Body) -> None:
    client.put(state, json=body, headers=if_match(1))
    answer = client.put(state, json=body, headers=if_match(1))
    assert_refused(answer, 412, "version_conflict", currentVersion=2)
    assert client.get(state).json()["version"] == 2


def test_it_refuses_a_version_that_is_not_there_yet(client: httpx.Client, agent: str) -> None:
    answer = client.put(agent, json=READY, headers=if_match(2))
    assert_refused(answer, 412, "version_conflict", currentVersion=1)


def test_it_refuses_to_replace_what_never_was(
    client: httpx.Client, new_path: NewPath, kind: str, body: Body
) -> None:
    path = new_path(kind)
    answer = client.put(path, json=body, headers=if_match(1))
    assert_refused(answer, 412, "version_conflict", currentVersion=0)
    assert client.get(path).status_code == 404


def test_a_star_overwrites_whatever_is_there(client: httpx.Client, agent: str) -> None:
    client.patch(agent, json={})
    answer = client.put(agent, json=READY, headers=WHATEVER_IS_THERE)
    assert (answer.status_code, answer.json()["version"]) == (200, 3)


def test_a_star_is_refused_when_nothing_is_there(client: httpx.Client, new_path: NewPath) -> None:
    answer = client.put(new_path("agents"), json=READY, headers=WHATEVER_IS_THERE)
    assert_refused(answer, 412, "version_conflict", currentVersion=0)


def test_it_makes_a_version_also_when_nothing_differs(
    client: httpx.Client, state: str, body: Body
) -> None:
    answer = client.put(state, json=body, headers=if_match(1))
    assert answer.json()["version"] == 2
    assert len(client.get(f"{state}/history").json()["items"]) == 2


@pytest.mark.parametrize("field", ["startedAt", "completedAt"])
def test_without_its_times_it_keeps_those_of_a_research(
    client: httpx.Client, create: Create, field: str
) -> None:
    times = {"startedAt": "2024-01-01T00:00:00Z", "completedAt": "2024-01-02T00:00:00Z"}
    path = create("research", status="Completed", **times)
    body = {"query": "another", "status": "Completed"}
    assert client.put(path, json=body, headers=if_match(1)).json()[field] == times[field]


def test_without_verified_at_it_keeps_that_of_a_verification(
    client: httpx.Client, create: Create
) -> None:
    path = create("verifications", verifiedAt="2024-01-01T00:00:00Z")
    body = {"sourceId": "s", "content": "again"}
    replaced = client.put(path, json=body, headers=if_match(1)).json()
    assert replaced["verifiedAt"] == "2024-01-01T00:00:00Z"


def test_created_at_stays_and_last_updated_moves(client: httpx.Client, state: str) -> None:
    before = client.get(state).json()
    after = client.patch(state, json={}).json()
    assert after["createdAt"] == before["createdAt"]
    assert after["lastUpdated"] > before["lastUpdated"]


# --- After a delete ----------------------------------------------------------------------------


def test_a_version_is_never_reused_after_a_delete(
    client: httpx.Client, state: str, body: Body
) -> None:
    client.delete(state, headers=if_match(1))
    answer = client.put(state, json=body)
    assert (answer.status_code, answer.json()["version"]) == (201, 3)


def test_create_only_works_again_after_a_delete(
    client: httpx.Client, state: str, body: Body
) -> None:
    client.delete(state, headers=if_match(1))
    answer = client.put(state, json=body, headers=CREATE_ONLY)
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"3"')


@pytest.mark.parametrize("version", [1, 2])
def test_a_late_write_after_a_delete_brings_nothing_back(
    client: httpx.Client, state: str, body: Body, version: int
) -> None:
    client.delete(state, headers=if_match(1))
    answer = client.put(state, json=body, headers=if_match(version))
    assert_refused(answer, 412, "version_conflict", currentVersion=2)
    assert client.get(state).status_code == 404


def test_a_star_after_a_delete_brings_nothing_back(client: httpx.Client, agent: str) -> None:
    client.delete(agent, headers=if_match(1))
    answer = client.put(agent, json=READY, headers=WHATEVER_IS_THERE)
    assert_refused(answer, 412, "version_conflict", currentVersion=2)


def test_a_recreated_state_has_a_new_created_at(client: httpx.Client, agent: str) -> None:
    before = client.get(agent).json()
    client.delete(agent, headers=if_match(1))
    after = client.put(agent, json=READY).json()
    assert after["createdAt"] > before["createdAt"]


def test_a_recreated_research_starts_without_the_old_facts(
    client: httpx.Client, create: Create
) -> None:
    path = create("research", extractedFacts=[{"id": "old", "content": "old"}])
    client.delete(path, headers=if_match(1))
    recreated = client.put(path, json={"query": "again"}).json()
    assert (recreated["extractedFacts"], recreated["factCount"]) == ([], 0)
    assert client.get(f"{path}/facts").json()["items"] == []
