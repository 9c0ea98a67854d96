"""§3: ``POST /api/v1/{kinds}/batch-set``: an outcome for every item."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.bodies import READY, Body, fact
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_refused

JSON = {"Content-Type": "application/json"}


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


def item_text(state_id: str, value: str) -> str:
    """An item's JSON: an agent with this JSON text among its properties."""
    properties = '{"n":' + value + "}"
    state = '{"agentType":"A","status":"Ready","properties":' + properties + "}"
    return '{"id":"' + state_id + '","state":' + state + "}"


def batch_set(client: httpx.Client, items: list[Body], kind: str = "agents") -> dict[str, Any]:
    answer = client.post(f"/api/v1/{kind}/batch-set", json={"items": items})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body.keys() == {"results", "succeeded", "failed"}
    assert body["succeeded"] + body["failed"] == len(body["results"]) == len(items)
    assert [one["id"] for one in body["results"]] == [item["id"] for item in items]
    return body


def only_result(client: httpx.Client, item: Body) -> Body:
    [result] = batch_set(client, [item])["results"]
    assert isinstance(result, dict)
    return result


def assert_item_refused(result: Body, status: int, code: str, **members: Any) -> None:
    """An item's result is this refusal, without a version."""
    assert result["status"] == status, result
    assert result["error"]["code"] == code
    assert result["error"]["detail"]
    assert "version" not in result
    for name, value in members.items():
        assert result["error"][name] == value


def test_it_creates_replaces_patches_and_deletes(
    client: httpx.Client, create: Create, kind: str, body: Body, new_path: NewPath
) -> None:
    new, replaced, patched, deleted = new_path(kind), create(kind), create(kind), create(kind)
    answer = batch_set(
        client,
        [
            {"id": id_of(new), "state": body},
            {"id": id_of(replaced), "state": body, "ifMatch": 1},
            {"id": id_of(patched), "patch": {}},
            {"id": id_of(deleted), "delete": True, "ifMatch": 1},
        ],
        kind,
    )
    assert [one["status"] for one in answer["results"]] == [201, 200, 200, 204]
    assert [one["version"] for one in answer["results"]] == [1, 2, 2, 2]
    assert (answer["succeeded"], answer["failed"]) == (4, 0)
    versions = [client.get(path).json()["version"] for path in (new, replaced, patched)]
    assert versions == [1, 2, 2]
    assert client.get(deleted).status_code == 404


def test_the_results_come_in_the_order_sent(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    ids = sorted((new_id("order") for _ in range(30)), key=lambda one: one[::-1])
    items: list[Body] = [
        {"id": one, "state": READY} if number % 2 else {"id": one, "patch": {}}
        for number, one in enumerate(ids)
    ]
    statuses = [one["status"] for one in batch_set(client, items)["results"]]
    assert statuses == [404, 201] * 15


def test_one_failure_spoils_no_other_item(
    client: httpx.Client, agent: str, new_path: NewPath
) -> None:
    path = new_path("agents")
    answer = batch_set(
        client,
        [{"id": id_of(agent), "state": READY, "ifMatch": 9}, {"id": id_of(path), "state": READY}],
    )
    assert (answer["succeeded"], answer["failed"]) == (1, 1)
    assert client.get(path).status_code == 200


# --- What is judged per item -------------------------------------------------------------------


def test_an_existing_state_without_a_precondition_is_428(client: httpx.Client, agent: str) -> None:
    result = only_result(client, {"id": id_of(agent), "state": READY})
    assert_item_refused(result, 428, "precondition_required")
    result = only_result(client, {"id": id_of(agent), "delete": True})
    assert_item_refused(result, 428, "precondition_required")


def test_a_stale_version_is_412(client: httpx.Client, agent: str) -> None:
    client.patch(agent, json={})
    changes: list[Body] = [{"state": READY}, {"patch": {}}, {"delete": True}]
    for item in changes:
        result = only_result(client, {"id": id_of(agent), "ifMatch": 1, **item})
        assert_item_refused(result, 412, "version_conflict", currentVersion=2)


def test_a_star_matches_whatever_is_there(client: httpx.Client, agent: str) -> None:
    client.patch(agent, json={})
    result = only_result(client, {"id": id_of(agent), "state": READY, "ifMatch": "*"})
    assert (result["status"], result["version"]) == (200, 3)


def test_create_only_is_412_when_it_is_there(client: httpx.Client, agent: str) -> None:
    result = only_result(client, {"id": id_of(agent), "state": READY, "ifNoneMatch": "*"})
    assert_item_refused(result, 412, "version_conflict", currentVersion=1)


def test_create_only_creates(client: httpx.Client, new_id: Callable[[str], str]) -> None:
    result = only_result(client, {"id": new_id("new"), "state": READY, "ifNoneMatch": "*"})
    assert (result["status"], result["version"]) == (201, 1)


def test_what_is_missing_is_404(client: httpx.Client, new_id: Callable[[str], str]) -> None:
    changes: list[Body] = [{"patch": {}}, {"delete": True}]
    for item in changes:
        result = only_result(client, {"id": new_id("missing"), **item})
        assert_item_refused(result, 404, "not_found")


def test_an_illegal_transition_is_409(client: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed")
    items = [{"id": id_of(path), "patch": {"status": "Pending"}}]
    [result] = batch_set(client, items, "research")["results"]
    assert_item_refused(result, 409, "illegal_transition")


def test_a_broken_invariant_is_422(client: httpx.Client, create: Create) -> None:
    path = create("research", iterationCount=5)
    items = [{"id": id_of(path), "patch": {"iterationCount": 4}}]
    [result] = batch_set(client, items, "research")["results"]
    assert_item_refused(result, 422, "verification_rejected")
    assert result["error"]["issues"]


@pytest.mark.parametrize(
    "item",
    [
        {"state": {}},
        {"state": {**READY, "colour": "red"}},
        {"state": []},
        {"state": None},
        {"patch": {"status": "Sleeping"}},
        {"patch": {"colour": None}},
        {"patch": None},
        {"state": READY, "ifMatch": "1"},
        {"state": READY, "ifMatch": 1.5},
        {"state": READY, "ifMatch": True},
        {"state": READY, "ifNoneMatch": "1"},
        {"state": READY, "ifMatch": 1, "ifNoneMatch": "*"},
        {"state": READY, "lockToken": 5},
        {"state": {**READY, "agentId": "another"}},
        {"state": READY, "id": "with space"},
        {"state": READY, "id": ""},
        {"state": READY, "id": "x" * 201},
    ],
    ids=str,
)
def test_a_wrong_item_is_refused_alone(
    client: httpx.Client, new_id: Callable[[str], str], item: Body
) -> None:
    good = {"id": new_id("good"), "state": READY}
    answer = batch_set(client, [{"id": new_id("wrong"), **item}, good])
    assert answer["results"][0]["status"] in {400, 422}
    assert answer["results"][1]["status"] == 201


@pytest.mark.parametrize("value", ['"\\u0000"', "18446744073709551616", "1e400"])
def test_a_value_that_cannot_be_stored_is_refused_alone(
    client: httpx.Client, new_id: Callable[[str], str], value: str
) -> None:
    texts = (item_text(new_id("bad"), value), item_text(new_id("good"), "1"))
    text = '{"items":[' + ",".join(texts) + "]}"
    answer = client.post("/api/v1/agents/batch-set", content=text, headers=JSON)
    assert answer.status_code == 200, answer.text
    assert [one["status"] for one in answer.json()["results"]] == [422, 201]


def test_an_item_is_as_deep_as_a_state_may_be(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    def deep(levels: int) -> str:
        inner = levels - 2  # the state and its properties are levels too
        return item_text(new_id("deep"), '{"a":' * inner + "1" + "}" * inner)

    text = '{"items":[' + deep(100) + "," + deep(102) + "]}"
    answer = client.post("/api/v1/agents/batch-set", content=text, headers=JSON)
    assert answer.status_code == 200, answer.text
    assert [one["status"] for one in answer.json()["results"]] == [201, 422]


def test_a_state_above_1_mib_is_refused_alone(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    large = {**READY, "properties": {"pad": "x" * 1_200_000}}
    items = [{"id": new_id("large"), "state": large}, {"id": new_id("small"), "state": READY}]
    results = batch_set(client, items)["results"]
    assert results[0]["status"] in {413, 422}
    assert results[1]["status"] == 201


def test_facts_of_a_batch_state_follow_the_same_rules(client: httpx.Client, create: Create) -> None:
    paths = [create("research", extractedFacts=[fact(1)]) for _ in range(2)]
    items: list[Body] = [
        {"id": id_of(paths[0]), "state": {"query": "q"}, "ifMatch": 1},
        {"id": id_of(paths[1]), "state": {"query": "q", "extractedFacts": []}, "ifMatch": 1},
    ]
    batch_set(client, items, "research")
    assert [client.get(path).json()["factCount"] for path in paths] == [1, 0]


# --- What is judged for the whole --------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"items": {}},
        {"items": [5]},
        {"items": [{}]},
        {"items": [{"id": 5, "state": {}}]},
        {"items": [], "atomic": "yes"},
        {"items": [], "more": 1},
        {"items": [{"id": "a"}]},
        {"items": [{"id": "a", "state": {}, "patch": {}}]},
        {"items": [{"id": "a", "state": {}, "delete": True}]},
        {"items": [{"id": "a", "patch": {}, "delete": True}]},
        {"items": [{"id": "a", "delete": False}]},
        {"items": [{"id": "a", "delete": "true"}]},
        {"items": [{"id": "a", "patch": {}, "delete": None}]},
        {"items": [{"id": "a", "patch": {}, "delete": 0}]},
        {"items": [{"id": "a", "patch": {}}, {"id": "a", "patch": {}}]},
    ],
    ids=str,
)
def test_a_broken_envelope_is_422_for_the_whole(client: httpx.Client, body: object) -> None:
    answer = client.post("/api/v1/agents/batch-set", json=body)
    assert_refused(answer, 422, "invalid")


def test_a_broken_envelope_stores_nothing(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    one, twice = new_id("one"), new_id("twice")
    items = [{"id": each, "state": READY} for each in (one, twice, twice)]
    assert client.post("/api/v1/agents/batch-set", json={"items": items}).status_code == 422
    for state_id in (one, twice):
        assert client.get(f"/api/v1/agents/{state_id}").status_code == 404


def test_delete_false_beside_a_state_is_fine(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    result = only_result(client, {"id": new_id("kept"), "state": READY, "delete": False})
    assert result["status"] == 201


def test_no_items_are_a_valid_empty_answer(client: httpx.Client) -> None:
    for atomic in (True, False):
        body: Body = {"items": [], "atomic": atomic}
        answer = client.post("/api/v1/agents/batch-set", json=body)
        expected = {"results": [], "succeeded": 0, "failed": 0}
        assert (answer.status_code, answer.json()) == (200, expected)


def test_a_thousand_items_are_written_at_once(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    items = [{"id": new_id("many"), "state": READY} for _ in range(1000)]
    assert batch_set(client, items)["succeeded"] == 1000


def test_more_than_a_thousand_are_422(client: httpx.Client) -> None:
    items = [{"id": f"id-{number}", "state": READY} for number in range(1001)]
    answer = client.post("/api/v1/agents/batch-set", json={"items": items})
    assert_refused(answer, 422, "invalid")


def test_a_body_of_several_mib_is_fine_and_above_16_is_413(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    pad = {**READY, "properties": {"pad": "x" * 500_000}}
    items = [{"id": new_id("pad"), "state": pad} for _ in range(8)]
    assert batch_set(client, items)["succeeded"] == 8
    text = b" " * (16 * 1024 * 1024 + 1)
    answer = client.post("/api/v1/agents/batch-set", content=text, headers=JSON)
    assert_refused(answer, 413, "too_large")


def test_a_malformed_body_is_400(client: httpx.Client) -> None:
    answer = client.post(
        "/api/v1/agents/batch-set", content='{"items":[],"items":[]}', headers=JSON
    )
    assert_refused(answer, 400, "malformed")


# --- Atomic ------------------------------------------------------------------------------------


def atomic(client: httpx.Client, items: list[Body]) -> httpx.Response:
    return client.post("/api/v1/agents/batch-set", json={"items": items, "atomic": True})


def test_an_atomic_batch_stores_everything(
    client: httpx.Client, agent: str, new_id: Callable[[str], str]
) -> None:
    items = [{"id": id_of(agent), "patch": {}}, {"id": new_id("new"), "state": READY}]
    answer = atomic(client, items)
    assert answer.status_code == 200
    assert [one["status"] for one in answer.json()["results"]] == [200, 201]


@pytest.mark.parametrize("bad", [{"patch": {}}, {"state": {}}], ids=["404", "422"])
@pytest.mark.parametrize("spoiled", [0, 1, 2])
def test_one_failure_stores_nothing_of_an_atomic_batch(
    client: httpx.Client, new_path: NewPath, bad: Body, spoiled: int
) -> None:
    paths = [new_path("agents") for _ in range(3)]
    items: list[Body] = [{"id": id_of(path), "state": READY} for path in paths]
    items[spoiled] = {"id": id_of(paths[spoiled]), **bad}
    answer = atomic(client, items)
    assert_refused(answer, 409, "batch_rejected", succeeded=0, failed=3)
    results = answer.json()["results"]
    for index, result in enumerate(results):
        if index == spoiled:
            assert result["status"] in {404, 422}
        else:
            assert_item_refused(result, 424, "batch_rejected")
    for path in paths:
        assert client.get(path).status_code == 404
        assert client.get(f"{path}/history").status_code == 404


def test_every_failure_of_an_atomic_batch_is_told(
    client: httpx.Client, agent: str, new_id: Callable[[str], str]
) -> None:
    items: list[Body] = [
        {"id": id_of(agent), "patch": {}, "ifMatch": 9},
        {"id": new_id("new"), "state": READY},
        {"id": new_id("missing"), "patch": {}},
    ]
    results = atomic(client, items).json()["results"]
    assert [one["status"] for one in results] == [412, 424, 404]
    assert results[0]["error"]["currentVersion"] == 1


def test_an_item_of_the_wrong_shape_leaves_the_others_judged(
    client: httpx.Client, agent: str, new_path: NewPath
) -> None:
    new, missing = new_path("agents"), new_path("agents")
    items: list[Body] = [
        {"id": id_of(agent), "patch": {}, "ifMatch": 9},
        {"id": id_of(new_path("agents")), "state": {}},
        {"id": id_of(new), "state": READY},
        {"id": id_of(missing), "patch": {}},
    ]
    answer = atomic(client, items)
    assert_refused(answer, 409, "batch_rejected", succeeded=0, failed=4)
    stale, wrong, passing, absent = answer.json()["results"]
    assert_item_refused(stale, 412, "version_conflict", currentVersion=1)
    assert_item_refused(wrong, 422, "invalid")
    assert_item_refused(passing, 424, "batch_rejected")
    assert_item_refused(absent, 404, "not_found")
    assert client.get(new).status_code == 404


def test_a_rejected_batch_makes_no_version(client: httpx.Client, create: Create) -> None:
    paths = [create("agents") for _ in range(2)]
    items: list[Body] = [
        {"id": id_of(paths[0]), "patch": {}},
        {"id": id_of(paths[1]), "patch": {}, "ifMatch": 9},
    ]
    atomic(client, items)
    client.patch(paths[0], json={})
    assert client.get(paths[0]).json()["version"] == 2
    assert len(client.get(f"{paths[0]}/history").json()["items"]) == 2
