"""§2: keyset paging, and the page tokens that hold it together."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.bodies import READY, if_match
from tests.contract.refusals import assert_refused
from tests.contract.tokens import token_of, token_parts

COUNT = 25


@pytest.fixture(scope="module")
def many(client: httpx.Client) -> tuple[str, list[str]]:
    """A group of agents of its own: its agent type, and their ids in order."""
    group = f"page-{uuid.uuid4().hex[:12]}"
    ids = [f"{group}-{number:03}" for number in range(COUNT)]
    items = [{"id": one, "state": {**READY, "agentType": group}} for one in ids]
    answer = client.post("/api/v1/agents/batch-set", json={"items": items})
    assert answer.json()["succeeded"] == COUNT
    return group, ids


def page(client: httpx.Client, **parameters: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/agents", params=parameters)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def ids_of(body: dict[str, Any]) -> list[str]:
    return [item["agentId"] for item in body["items"]]


@pytest.mark.parametrize("limit", [1, 7, 25, 26, 500])
def test_every_item_comes_once(
    client: httpx.Client, many: tuple[str, list[str]], limit: int
) -> None:
    group, ids = many
    found, token = [], None
    while True:
        extra: dict[str, str] = {"page": token} if token else {}
        body = page(client, agentType=group, limit=limit, **extra)
        assert len(body["items"]) <= limit
        found += ids_of(body)
        token = body["next"]
        if token is None:
            break
    assert found == ids


def test_the_last_full_page_has_no_next(client: httpx.Client, many: tuple[str, list[str]]) -> None:
    assert page(client, agentType=many[0], limit=COUNT)["next"] is None


def test_the_limit_may_change_between_pages(
    client: httpx.Client, many: tuple[str, list[str]]
) -> None:
    group, ids = many
    first = page(client, agentType=group, limit=5)
    rest = page(client, agentType=group, limit=500, page=first["next"])
    assert ids_of(first) + ids_of(rest) == ids


def test_what_comes_and_goes_between_pages_moves_nothing(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    group = new_id("moving")
    paths = [f"/api/v1/agents/{group}-{number}" for number in (1, 3, 5, 7)]
    for path in paths:
        client.put(path, json={**READY, "agentType": group})
    first = page(client, agentType=group, limit=2)
    client.delete(paths[1], headers=if_match(1))
    client.put(f"/api/v1/agents/{group}-0", json={**READY, "agentType": group})
    client.put(f"/api/v1/agents/{group}-6", json={**READY, "agentType": group})
    rest = page(client, agentType=group, limit=9, page=first["next"])
    assert ids_of(rest) == [f"{group}-{number}" for number in (5, 6, 7)]


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "Ready"},
        {"ordering": "-id"},
        {"ordering": "createdAt"},
        {"q": "page"},
        {"agentType": "another"},
        {"updatedSince": "2020-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_a_token_is_bound_to_its_filters_and_ordering(
    client: httpx.Client, many: tuple[str, list[str]], changed: dict[str, str]
) -> None:
    parameters = {"agentType": many[0], "limit": "5"}
    token = page(client, **parameters)["next"]
    answer = client.get("/api/v1/agents", params={**parameters, "page": token, **changed})
    assert_refused(answer, 400, "bad_page")


def test_a_token_without_its_filter_is_refused(
    client: httpx.Client, many: tuple[str, list[str]]
) -> None:
    token = page(client, agentType=many[0], limit=5)["next"]
    assert_refused(client.get("/api/v1/agents", params={"page": token}), 400, "bad_page")


def test_a_token_is_bound_to_its_kind(client: httpx.Client, many: tuple[str, list[str]]) -> None:
    token = page(client, limit=1)["next"]
    assert_refused(client.get("/api/v1/research", params={"page": token}), 400, "bad_page")


@pytest.mark.parametrize("token", ["x", "%", "WyJhIiwiYiJd", "null", "🦆", "A" * 5000])
def test_a_token_nobody_handed_out_is_refused(client: httpx.Client, token: str) -> None:
    assert_refused(client.get("/api/v1/agents", params={"page": token}), 400, "bad_page")


@pytest.mark.parametrize("behind", ["!", "====", "=!"])
def test_a_token_with_something_behind_it_is_refused(
    client: httpx.Client, many: tuple[str, list[str]], behind: str
) -> None:
    parameters = {"agentType": many[0], "limit": "5"}
    token = page(client, **parameters)["next"]
    answer = client.get("/api/v1/agents", params={**parameters, "page": token + behind})
    assert_refused(answer, 400, "bad_page")


@pytest.mark.parametrize("ordering", ["id", "createdAt"])
def test_a_token_with_another_id_than_an_id_is_refused(
    client: httpx.Client, many: tuple[str, list[str]], ordering: str
) -> None:
    parameters = {"agentType": many[0], "limit": "5", "ordering": ordering}
    parts = token_parts(page(client, **parameters)["next"])
    answer = client.get(
        "/api/v1/agents", params={**parameters, "page": token_of([*parts[:-1], "a\x00b"])}
    )
    assert_refused(answer, 400, "bad_page")


def test_a_cursor_is_no_page_token(client: httpx.Client) -> None:
    cursor = page(client)["cursor"]
    assert_refused(client.get("/api/v1/agents", params={"page": cursor}), 400, "bad_page")
