"""§1: which ids are legal, and that the path decides."""

from collections.abc import Callable

import httpx
import pytest

from tests.contract.bodies import ID_FIELDS, READY, Body
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_refused

pytestmark = pytest.mark.one_place

WORDS_OF_THE_API = ("heartbeat", "batch-get", "batch-set", "history", "facts", "summary")


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


@pytest.mark.parametrize("tail", ["a", "Z9", "with.dots", "under_score", "co:lon", "at@sign", "-"])
def test_these_characters_are_legal(
    client: httpx.Client, new_id: Callable[[str], str], tail: str
) -> None:
    state_id = new_id("id") + tail
    path = f"/api/v1/agents/{state_id}"
    assert client.put(path, json=READY).status_code == 201
    assert client.get(path).json()["agentId"] == state_id


def test_case_matters(client: httpx.Client, new_id: Callable[[str], str]) -> None:
    state_id = new_id("case")
    client.put(f"/api/v1/agents/{state_id}", json=READY)
    assert client.get(f"/api/v1/agents/{state_id.upper()}").status_code == 404


def test_an_id_of_200_characters_is_legal(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    state_id = new_id("long").ljust(200, "x")
    assert client.put(f"/api/v1/agents/{state_id}", json=READY).status_code == 201


@pytest.mark.parametrize("word", WORDS_OF_THE_API)
def test_a_word_of_the_api_is_a_legal_id_too(client: httpx.Client, word: str) -> None:
    path = f"/api/v1/agents/{word}"
    assert client.put(path, json=READY, headers={"If-None-Match": "*"}).status_code == 201
    assert client.get(path).json()["agentId"] == word
    assert client.delete(path, headers={"If-Match": "*"}).status_code == 204


@pytest.mark.parametrize(
    "text", ["x" * 201, "with%20space", "%C3%BCmlaut", "per%25cent", "plus%2B", "nul%00", "a%0A"]
)
def test_it_refuses_another_id(client: httpx.Client, text: str) -> None:
    path = f"/api/v1/agents/{text}"
    assert_refused(client.put(path, json=READY), 422, "invalid")
    assert_refused(client.get(path), 404, "not_found")


@pytest.mark.parametrize("dots", [".", ".."])
def test_no_id_is_made_that_a_path_loses(
    client: httpx.Client, create: Create, agent: str, dots: str
) -> None:
    """Clients and proxies take these segments out of a URL (RFC 3986 §5.2.4)."""
    encoded = dots.replace(".", "%2E")
    assert client.put(f"/api/v1/agents/{encoded}", json=READY).status_code in (404, 422)
    [item] = client.post(
        "/api/v1/agents/batch-set", json={"items": [{"id": dots, "state": READY}]}
    ).json()["results"]
    assert (item["status"], item["error"]["code"]) == (422, "invalid")
    lock = {"kind": "agent", "id": dots, "owner": "me"}
    about = {"sourceId": dots, "content": "c"}
    for path, body in (
        ("/api/v1/agents/heartbeat", {"ids": [dots]}),
        ("/api/v1/agents/batch-get", {"ids": [dots]}),
        ("/api/v1/locks", lock),
        (f"{create('research')}/facts", {"facts": [{"id": dots, "content": "c"}]}),
    ):
        assert_refused(client.post(path, json=body), 422, "invalid")
    assert_refused(client.put(f"/api/v1/verifications/{id_of(agent)}", json=about), 422, "invalid")


def test_a_slash_is_not_part_of_an_id(client: httpx.Client) -> None:
    assert_refused(client.put("/api/v1/agents/a/b", json=READY), 404, "not_found")


def test_the_same_id_in_the_body_is_fine(
    client: httpx.Client, new_path: NewPath, kind: str, body: Body
) -> None:
    path = new_path(kind)
    body[ID_FIELDS[kind]] = path.rpartition("/")[2]
    assert client.put(path, json=body).status_code == 201


def test_a_different_id_in_the_body_is_refused(
    client: httpx.Client, new_path: NewPath, kind: str, body: Body
) -> None:
    body[ID_FIELDS[kind]] = "another"
    answer = client.put(new_path(kind), json=body)
    assert_refused(answer, 422, "invalid")
    assert answer.json()["errors"][0]["field"] == ID_FIELDS[kind]


def test_a_different_id_in_a_patch_is_refused(client: httpx.Client, state: str, kind: str) -> None:
    assert_refused(client.patch(state, json={ID_FIELDS[kind]: "another"}), 422, "invalid")


def test_the_kinds_have_ids_of_their_own(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    state_id = new_id("shared")
    client.put(f"/api/v1/agents/{state_id}", json=READY)
    assert client.get(f"/api/v1/research/{state_id}").status_code == 404
