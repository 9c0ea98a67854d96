"""§2: ``PATCH /api/v1/{kinds}/{id}``, RFC 7396."""

import json
from typing import Any

import httpx
import pytest

from tests.contract.bodies import READY, fact, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_invalid, assert_refused


def test_it_merges_into_the_current_version(client: httpx.Client, create: Create) -> None:
    path = create("agents", properties={"kept": 1, "changed": 1}, activeTaskIds=["t1"])
    patch = {"status": "Paused", "properties": {"changed": 2, "new": 3}}
    answer = client.patch(path, json=patch)
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    merged = answer.json()
    assert merged["status"] == "Paused"
    assert merged["properties"] == {"kept": 1, "changed": 2, "new": 3}
    assert merged["activeTaskIds"] == ["t1"]
    assert client.get(path).json() == merged


@pytest.mark.parametrize("media_type", ["application/merge-patch+json", "application/json"])
def test_it_takes_both_media_types(client: httpx.Client, agent: str, media_type: str) -> None:
    answer = client.patch(
        agent, content='{"status":"Paused"}', headers={"Content-Type": media_type}
    )
    assert answer.json()["status"] == "Paused"


def test_it_refuses_another_media_type(client: httpx.Client, agent: str) -> None:
    answer = client.patch(
        agent, content="[]", headers={"Content-Type": "application/json-patch+json"}
    )
    assert_refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({"a": "foo"}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": 1}, {"missing": None}, {"a": 1}),
        ({"a": 1}, {}, {"a": 1}),
        ({"a": [None]}, {"b": [None, {"c": None}]}, {"a": [None], "b": [None, {"c": None}]}),
    ],
    ids=str,
)
def test_it_merges_as_rfc_7396_says(
    client: httpx.Client, create: Create, target: Any, patch: Any, merged: Any
) -> None:
    path = create("agents", properties=target)
    assert client.patch(path, json={"properties": patch}).json()["properties"] == merged


def test_a_list_is_replaced_whole(client: httpx.Client, create: Create) -> None:
    path = create("agents", activeTaskIds=["t1", "t2"])
    assert client.patch(path, json={"activeTaskIds": ["t3"]}).json()["activeTaskIds"] == ["t3"]


def test_null_removes_a_key_of_metrics(client: httpx.Client, create: Create) -> None:
    path = create("agents", performanceMetrics={"a": 1, "b": 2})
    patch = {"performanceMetrics": {"a": None}}
    assert client.patch(path, json=patch).json()["performanceMetrics"] == {"b": 2}


@pytest.mark.parametrize(
    ("kind", "field", "value", "reset"),
    [
        ("agents", "properties", {"a": 1}, {}),
        ("agents", "activeTaskIds", ["t"], []),
        ("agents", "performanceMetrics", {"a": 1}, {}),
        ("research", "status", "Pending", "Pending"),
        ("research", "sources", ["s"], []),
        ("research", "currentQualityScore", 0.5, 0),
        ("research", "metadata", {"a": 1}, {}),
        ("research", "extractedFacts", [{"content": "c"}], []),
        ("verifications", "confidenceScore", 0.5, 0),
        ("verifications", "isVerified", False, False),
        ("verifications", "issues", ["i"], []),
    ],
)
def test_null_resets_an_optional_field(
    client: httpx.Client, create: Create, kind: str, field: str, value: Any, reset: Any
) -> None:
    path = create(kind, **{field: value})
    answer = client.patch(path, json={field: None})
    assert answer.json()[field] == reset
    assert client.get(path).json()[field] == reset


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("agents", "agentType"),
        ("agents", "status"),
        ("research", "query"),
        ("verifications", "sourceId"),
        ("verifications", "content"),
    ],
)
def test_null_is_refused_for_a_required_field(
    client: httpx.Client, create: Create, kind: str, field: str
) -> None:
    path = create(kind)
    assert_invalid(client.patch(path, json={field: None}), field)
    assert client.get(path).json()["version"] == 1


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("agents", "colour"),
        ("agents", "startedAt"),
        ("research", "agentType"),
        ("verifications", "completedAt"),
    ],
)
def test_null_is_refused_for_what_is_no_field(
    client: httpx.Client, create: Create, kind: str, field: str
) -> None:
    path = create(kind)
    assert_invalid(client.patch(path, json={field: None}), field)
    assert client.patch(path, json={"version": None, "createdAt": None}).status_code == 200


def test_it_refuses_what_would_have_another_shape(client: httpx.Client, agent: str) -> None:
    assert_invalid(client.patch(agent, json={"status": "Sleeping"}), "status")
    assert_invalid(client.patch(agent, json={"activeTaskIds": [1]}), "activeTaskIds")
    assert_invalid(
        client.patch(agent, json={"performanceMetrics": {"a": "fast"}}), "performanceMetrics"
    )


@pytest.mark.parametrize("text", ["[]", '"a"', "null", "1"])
def test_it_refuses_a_patch_that_is_no_object(client: httpx.Client, agent: str, text: str) -> None:
    answer = client.patch(agent, content=text, headers={"Content-Type": "application/json"})
    assert_refused(answer, 422, "invalid")


def test_it_makes_a_version_also_when_nothing_differs(client: httpx.Client, state: str) -> None:
    assert client.patch(state, json={}).json()["version"] == 2
    assert client.patch(state, json={}).json()["version"] == 3


def test_if_match_is_optional_but_counts(client: httpx.Client, agent: str) -> None:
    client.patch(agent, json={"agentType": "B"}, headers=if_match(1))
    answer = client.patch(agent, json={"agentType": "C"}, headers=if_match(1))
    assert_refused(answer, 412, "version_conflict", currentVersion=2)
    assert client.get(agent).json()["agentType"] == "B"


def test_it_is_404_when_there_is_none(client: httpx.Client, new_path: NewPath, kind: str) -> None:
    path = new_path(kind)
    assert_refused(client.patch(path, json={}), 404, "not_found")
    assert client.get(path).status_code == 404


def test_with_if_match_it_is_412_when_there_is_none(
    client: httpx.Client, new_path: NewPath
) -> None:
    answer = client.patch(new_path("agents"), json={}, headers=if_match(1))
    assert_refused(answer, 412, "version_conflict", currentVersion=0)


def test_it_does_not_bring_a_deleted_state_back(client: httpx.Client, state: str) -> None:
    client.delete(state, headers=if_match(1))
    assert_refused(client.patch(state, json={}), 404, "not_found")
    answer = client.patch(state, json={}, headers=if_match(2))
    assert_refused(answer, 412, "version_conflict", currentVersion=2)


def test_facts_of_a_patch_replace_the_list(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1), fact(2)])
    merged = client.patch(path, json={"extractedFacts": [fact(3)]}).json()
    assert [one["id"] for one in merged["extractedFacts"]] == ["f3"]
    assert merged["factCount"] == 1


def test_a_patch_without_facts_leaves_them_alone(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1)])
    merged = client.patch(path, json={"iterationCount": 2}).json()
    assert [one["id"] for one in merged["extractedFacts"]] == ["f1"]


def test_a_patch_is_never_decided_from_a_cache(client: httpx.Client, new_path: NewPath) -> None:
    path = new_path("agents")
    client.put(path, json=READY)
    for number in range(20):
        client.get(path)
        patched = client.patch(path, json={"properties": {f"k{number}": number}}).json()
        assert len(patched["properties"]) == number + 1
        assert json.loads(client.get(path).content) == patched
