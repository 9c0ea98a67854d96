"""§2: ``GET /api/v1/{kinds}/{id}``."""

import httpx
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, ID_FIELDS, READY, Body, if_match
from tests.contract.cached_reads import level, tries_at_level_1
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_refused


def test_it_answers_the_state(
    client: httpx.Client, new_path: NewPath, kind: str, body: Body
) -> None:
    path = new_path(kind)
    client.put(path, json=body)
    answer = client.get(path)
    assert answer.status_code == 200
    read = answer.json()
    assert read.items() >= body.items()
    assert read[ID_FIELDS[kind]] == path.rpartition("/")[2]
    assert read["version"] == 1
    assert read["createdAt"].endswith("Z")
    assert read["lastUpdated"].endswith("Z")


def test_it_is_json_in_utf_8(client: httpx.Client, create: Create) -> None:
    path = create("agents", agentType="Prüfer")
    answer = client.get(path)
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    assert "Prüfer" in answer.content.decode("utf-8")


def test_the_etag_is_the_version(client: httpx.Client, state: str) -> None:
    assert client.get(state).headers["ETag"] == '"1"'
    client.patch(state, json={})
    assert client.get(state).headers["ETag"] == '"2"'


@pytest.mark.behind_django_too
def test_it_says_which_level_answered(client: httpx.Client, agent: str) -> None:
    assert any(level(client, agent) == "L1" for _ in tries_at_level_1(client))
    assert client.get(agent, headers=FROM_THE_DATABASE).headers["X-Cache"] == "DB"


def test_an_unknown_id_is_404(client: httpx.Client, new_path: NewPath, kind: str) -> None:
    assert_refused(client.get(new_path(kind)), 404, "not_found")


def test_a_404_says_its_level(client: httpx.Client, new_path: NewPath) -> None:
    def levels_of_two_reads() -> tuple[str, str]:
        path = new_path("agents")
        return level(client, path), level(client, path)

    assert any(levels_of_two_reads() == ("DB", "L1") for _ in tries_at_level_1(client))


def test_an_unknown_id_is_found_once_it_is_created(client: httpx.Client, new_path: NewPath) -> None:
    path = new_path("agents")
    client.get(path)
    client.get(path)
    client.put(path, json=READY)
    assert client.get(path).status_code == 200


def test_a_deleted_state_is_404(client: httpx.Client, state: str) -> None:
    client.get(state)
    client.delete(state, headers=if_match(1))
    assert_refused(client.get(state), 404, "not_found")
    assert_refused(client.get(state, headers=FROM_THE_DATABASE), 404, "not_found")


@pytest.mark.parametrize("condition", ['"1"', '"9", "1"', 'W/"1"', "*"])
@pytest.mark.behind_django_too
def test_a_matching_if_none_match_is_304(client: httpx.Client, agent: str, condition: str) -> None:
    answer = client.get(agent, headers={"If-None-Match": condition})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["X-Cache"] in {"L1", "L2", "DB"}


def test_another_if_none_match_is_200(client: httpx.Client, agent: str) -> None:
    client.patch(agent, json={})
    answer = client.get(agent, headers={"If-None-Match": '"1"'})
    assert answer.status_code == 200
    assert answer.json()["version"] == 2


@pytest.mark.behind_django_too
def test_a_head_has_the_headers_alone(client: httpx.Client, agent: str) -> None:
    answer = client.head(agent)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == '"1"'


def test_another_accept_is_no_server_fault(client: httpx.Client, agent: str) -> None:
    for accept in ("text/html", "application/xml", "application/problem+json", "*/*;q=0.1"):
        assert client.get(agent, headers={"Accept": accept}).status_code in {200, 406}
