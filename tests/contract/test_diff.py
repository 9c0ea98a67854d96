"""§5: ``GET /api/v1/{kinds}/{id}/diff``."""

from typing import Any

import httpx
import pytest

from tests.contract.bodies import fact, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_refused


def diff(client: httpx.Client, path: str, old: int, new: int) -> dict[str, Any]:
    answer = client.get(f"{path}/diff", params={"from": old, "to": new})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert (body["from"], body["to"]) == (old, new)
    return body


def test_it_holds_only_the_top_level_fields_that_differ(
    client: httpx.Client, create: Create
) -> None:
    path = create("agents", properties={"a": 1, "kept": True})
    client.patch(path, json={"properties": {"a": 2}, "status": "Paused"})
    client.patch(path, json={"status": "Ready"})
    assert diff(client, path, 1, 3) == {
        "from": 1,
        "to": 3,
        "oldValues": {"properties": {"a": 1, "kept": True}},
        "newValues": {"properties": {"a": 2, "kept": True}},
    }


def test_it_goes_backwards_too(client: httpx.Client, agent: str) -> None:
    client.patch(agent, json={"agentType": "B"})
    body = diff(client, agent, 2, 1)
    assert body["oldValues"] == {"agentType": "B"}
    assert body["newValues"] == {"agentType": "Researcher"}


def test_the_same_version_differs_in_nothing(client: httpx.Client, state: str) -> None:
    body = diff(client, state, 1, 1)
    assert (body["oldValues"], body["newValues"]) == ({}, {})


def test_facts_are_a_field(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1)])
    client.post(f"{path}/facts", json={"facts": [fact(2)]})
    body = diff(client, path, 1, 2)
    assert (body["oldValues"]["factCount"], body["newValues"]["factCount"]) == (1, 2)
    assert "f2" in {one["id"] for one in body["newValues"]["extractedFacts"]}


def test_it_works_after_a_delete(client: httpx.Client, agent: str) -> None:
    client.patch(agent, json={"agentType": "B"})
    client.delete(agent, headers=if_match(2))
    assert diff(client, agent, 1, 2)["newValues"] == {"agentType": "B"}


def test_a_version_that_never_was_is_404(client: httpx.Client, agent: str) -> None:
    answer = client.get(f"{agent}/diff", params={"from": 1, "to": 2})
    assert_refused(answer, 404, "not_found")


def test_an_unknown_state_is_404(client: httpx.Client, new_path: NewPath) -> None:
    answer = client.get(f"{new_path('agents')}/diff", params={"from": 1, "to": 1})
    assert_refused(answer, 404, "not_found")


@pytest.mark.parametrize("parameters", [{}, {"from": "1"}, {"from": "a", "to": "1"}], ids=str)
def test_what_is_no_version_is_400(
    client: httpx.Client, agent: str, parameters: dict[str, str]
) -> None:
    assert client.get(f"{agent}/diff", params=parameters).status_code == 400
