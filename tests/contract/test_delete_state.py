"""§2: ``DELETE /api/v1/{kinds}/{id}``."""

import httpx

from tests.contract.bodies import WHATEVER_IS_THERE, if_match
from tests.contract.conftest import NewPath
from tests.contract.refusals import assert_refused


def test_it_deletes_the_version_it_names(client: httpx.Client, state: str) -> None:
    answer = client.delete(state, headers=if_match(1))
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(state).status_code == 404


def test_a_star_deletes_whatever_is_there(client: httpx.Client, state: str) -> None:
    client.patch(state, json={})
    assert client.delete(state, headers=WHATEVER_IS_THERE).status_code == 204


def test_it_needs_a_precondition(client: httpx.Client, state: str) -> None:
    assert_refused(client.delete(state), 428, "precondition_required")
    assert client.get(state).status_code == 200


def test_it_refuses_a_stale_version(client: httpx.Client, state: str) -> None:
    client.patch(state, json={})
    answer = client.delete(state, headers=if_match(1))
    assert_refused(answer, 412, "version_conflict", currentVersion=2)
    assert client.get(state).status_code == 200


def test_it_is_404_when_there_is_none(client: httpx.Client, new_path: NewPath, kind: str) -> None:
    assert_refused(client.delete(new_path(kind)), 404, "not_found")


def test_with_if_match_it_is_412_when_there_is_none(
    client: httpx.Client, new_path: NewPath
) -> None:
    for headers in (if_match(1), WHATEVER_IS_THERE):
        answer = client.delete(new_path("agents"), headers=headers)
        assert_refused(answer, 412, "version_conflict", currentVersion=0)


def test_it_makes_a_version(client: httpx.Client, state: str) -> None:
    client.delete(state, headers=if_match(1))
    newest = client.get(f"{state}/history").json()["items"][0]
    assert (newest["version"], newest["changeType"]) == (2, "Deleted")


def test_a_second_delete_is_refused(client: httpx.Client, state: str) -> None:
    client.delete(state, headers=if_match(1))
    assert_refused(client.delete(state), 404, "not_found")
    answer = client.delete(state, headers=if_match(2))
    assert_refused(answer, 412, "version_conflict", currentVersion=2)


def test_a_deleted_state_is_in_no_list(client: httpx.Client, agent: str) -> None:
    state_id = agent.rpartition("/")[2]
    client.delete(agent, headers=if_match(1))
    assert client.get("/api/v1/agents", params={"q": state_id}).json()["items"] == []
