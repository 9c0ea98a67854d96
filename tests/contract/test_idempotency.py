"""§2: ``Idempotency-Key``."""

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.bodies import CREATE_ONLY, READY, Body, fact, if_match
from tests.contract.conftest import NewPath
from tests.contract.refusals import assert_refused
from tests.rig.database import query
from tests.rig.server import Server
from tests.rig.waiting import wait_for

SAME = ("ETag", "Location", "Content-Type")


@pytest.fixture
def key(new_id: Callable[[str], str]) -> dict[str, str]:
    """An Idempotency-Key nobody else uses."""
    return {"Idempotency-Key": new_id("key")}


def assert_replayed(answer: httpx.Response, first: httpx.Response) -> None:
    """The first answer came again, and says so."""
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert (answer.status_code, answer.content) == (first.status_code, first.content)
    assert {n: answer.headers.get(n) for n in SAME} == {n: first.headers.get(n) for n in SAME}


def twice(
    client: httpx.Client, method: str, path: str, body: Any, headers: dict[Any, Any]
) -> tuple[httpx.Response, httpx.Response]:
    """The answers to the same request sent twice."""
    first, again = (client.request(method, path, json=body, headers=headers) for _ in range(2))
    assert first.status_code < 300, first.text
    return first, again


def versions(client: httpx.Client, path: str) -> list[int]:
    items = client.get(f"{path}/history").json()["items"]
    return [item["version"] for item in items]


def test_a_create_is_replayed(
    client: httpx.Client, new_path: NewPath, kind: str, body: Body, key: dict[str, str]
) -> None:
    path = new_path(kind)
    first, again = twice(client, "PUT", path, body, key)
    assert_replayed(again, first)
    assert versions(client, path) == [1]


def test_a_create_only_is_replayed(
    client: httpx.Client, new_path: NewPath, key: dict[str, str]
) -> None:
    first, again = twice(client, "PUT", new_path("agents"), READY, {**key, **CREATE_ONLY})
    assert_replayed(again, first)


def test_a_replace_is_replayed_not_refused(
    client: httpx.Client, state: str, body: Body, key: dict[str, str]
) -> None:
    first, again = twice(client, "PUT", state, body, {**key, **if_match(1)})
    assert_replayed(again, first)
    assert versions(client, state) == [2, 1]


def test_a_patch_is_replayed(client: httpx.Client, state: str, key: dict[str, str]) -> None:
    first, again = twice(client, "PATCH", state, {}, key)
    assert_replayed(again, first)
    assert versions(client, state) == [2, 1]


def test_a_delete_is_replayed(client: httpx.Client, state: str, key: dict[str, str]) -> None:
    first, again = twice(client, "DELETE", state, None, {**key, **if_match(1)})
    assert_replayed(again, first)
    assert versions(client, state) == [2, 1]


def test_an_append_is_replayed(client: httpx.Client, research: str, key: dict[str, str]) -> None:
    body = {"facts": [fact(1)]}
    first, again = twice(client, "POST", f"{research}/facts", body, key)
    assert_replayed(again, first)
    assert again.json() == {"version": 2, "added": 1, "updated": 0, "factCount": 1}


def test_an_append_that_changed_nothing_is_replayed(
    client: httpx.Client, research: str, key: dict[str, str]
) -> None:
    first, again = twice(client, "POST", f"{research}/facts", {"facts": []}, key)
    assert_replayed(again, first)


def test_a_minimal_answer_is_replayed(
    client: httpx.Client, agent: str, key: dict[str, str]
) -> None:
    first, again = twice(client, "PATCH", agent, {}, {**key, "Prefer": "return=minimal"})
    assert_replayed(again, first)


@pytest.mark.parametrize("atomic", [True, False])
def test_a_batch_is_replayed(
    client: httpx.Client, new_id: Callable[[str], str], key: dict[str, str], atomic: bool
) -> None:
    items = [{"id": new_id("a"), "state": READY} for _ in range(3)]
    body = {"items": items, "atomic": atomic}
    first, again = twice(client, "POST", "/api/v1/agents/batch-set", body, key)
    assert_replayed(again, first)
    assert client.get(f"/api/v1/agents/{items[0]['id']}").json()["version"] == 1


def test_a_batch_with_failed_items_is_replayed(
    client: httpx.Client, agent: str, new_id: Callable[[str], str], key: dict[str, str]
) -> None:
    missing = new_id("missing")
    items: list[Body] = [
        {"id": agent.rpartition("/")[2], "patch": {}},
        {"id": missing, "patch": {}},
        {"id": new_id("broken"), "state": {}},
    ]
    first = client.post("/api/v1/agents/batch-set", json={"items": items}, headers=key)
    client.put(f"/api/v1/agents/{missing}", json=READY)
    again = client.post("/api/v1/agents/batch-set", json={"items": items}, headers=key)
    assert_replayed(again, first)
    assert [one["status"] for one in again.json()["results"]] == [200, 404, 422]


def test_a_batch_whose_every_item_failed_is_replayed(
    client: httpx.Client, new_id: Callable[[str], str], key: dict[str, str]
) -> None:
    """Its answer is a 200, and only refusals are judged anew."""
    missing = new_id("missing")
    body = {"items": [{"id": missing, "patch": {}}]}
    first = client.post("/api/v1/agents/batch-set", json=body, headers=key)
    client.put(f"/api/v1/agents/{missing}", json=READY)
    again = client.post("/api/v1/agents/batch-set", json=body, headers=key)
    assert_replayed(again, first)


def test_a_replay_shows_the_first_answer_though_the_version_moved_on(
    client: httpx.Client, state: str, key: dict[str, str]
) -> None:
    first = client.patch(state, json={}, headers=key)
    for _ in range(3):
        client.patch(state, json={})
    again = client.patch(state, json={}, headers=key)
    assert_replayed(again, first)
    assert client.get(state).json()["version"] == 5


def test_a_replay_shows_the_first_answer_though_the_state_is_gone(
    client: httpx.Client, research: str, key: dict[str, str]
) -> None:
    body = {"extractedFacts": [fact(1), fact(2)]}
    first = client.patch(research, json=body, headers=key)
    client.delete(research, headers=if_match(2))
    assert_replayed(client.patch(research, json=body, headers=key), first)
    assert client.get(research).status_code == 404


def test_a_refusal_is_judged_anew(
    client: httpx.Client, new_path: NewPath, key: dict[str, str]
) -> None:
    path = new_path("agents")
    assert_refused(client.patch(path, json={}, headers=key), 404, "not_found")
    client.put(path, json=READY)
    answer = client.patch(path, json={}, headers=key)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_a_rejected_atomic_batch_is_judged_anew(
    client: httpx.Client, new_path: NewPath, key: dict[str, str]
) -> None:
    path = new_path("agents")
    body = {"items": [{"id": path.rpartition("/")[2], "patch": {}}], "atomic": True}
    answer = client.post("/api/v1/agents/batch-set", json=body, headers=key)
    assert_refused(answer, 409, "batch_rejected")
    client.put(path, json=READY)
    answer = client.post("/api/v1/agents/batch-set", json=body, headers=key)
    assert (answer.status_code, answer.json()["succeeded"]) == (200, 1)


def test_a_batch_without_a_legal_item_is_judged_anew(
    client: httpx.Client, agent: str, new_id: Callable[[str], str], key: dict[str, str]
) -> None:
    body = {"items": [{"id": new_id("wrong"), "state": {}}], "atomic": True}
    for _ in range(2):
        answer = client.post("/api/v1/agents/batch-set", json=body, headers=key)
        assert_refused(answer, 409, "batch_rejected")
    assert client.patch(agent, json={}, headers=key).status_code == 200


# --- Another request under the same key --------------------------------------------------------


@pytest.mark.parametrize("changed", ["body", "path", "method", "precondition"])
def test_another_request_under_the_key_is_422(
    client: httpx.Client, agent: str, new_path: NewPath, key: dict[str, str], changed: str
) -> None:
    client.put(agent, json=READY, headers={**key, **if_match(1)})
    method = "PATCH" if changed == "method" else "PUT"
    path = new_path("agents") if changed == "path" else agent
    body = {**READY, "status": "Paused"} if changed == "body" else READY
    condition = if_match(2) if changed == "precondition" else if_match(1)
    answer = client.request(method, path, json=body, headers={**key, **condition})
    assert_refused(answer, 422, "idempotency_mismatch")
    assert client.get(agent).json()["version"] == 2


@pytest.mark.parametrize("other", [{"patch": {}}, {"state": {}}], ids=["legal", "wrong"])
def test_another_batch_under_the_key_is_422_whatever_its_items(
    client: httpx.Client, agent: str, new_id: Callable[[str], str], key: dict[str, str], other: Body
) -> None:
    client.patch(agent, json={}, headers=key)
    items: list[Body] = [{"id": new_id("new"), "state": READY}, {"id": new_id("other"), **other}]
    body = {"items": items, "atomic": True}
    answer = client.post("/api/v1/agents/batch-set", json=body, headers=key)
    assert_refused(answer, 422, "idempotency_mismatch")


def test_the_same_key_of_another_caller_is_another_key(
    client: httpx.Client, operator: httpx.Client, agent: str, key: dict[str, str]
) -> None:
    client.patch(agent, json={}, headers=key)
    answer = operator.patch(agent, json={}, headers=key)
    assert (answer.status_code, answer.json()["version"]) == (200, 3)
    assert "Idempotency-Replayed" not in answer.headers


@pytest.mark.parametrize("text", ["", "x" * 201, "ü" * 201])
def test_a_key_has_1_to_200_characters(client: httpx.Client, agent: str, text: str) -> None:
    answer = client.patch(agent, json={}, headers={b"Idempotency-Key": text.encode()})
    assert_refused(answer, 400, "malformed")


@pytest.mark.parametrize("letter", ["x", "漢"])
def test_a_key_of_200_characters_is_fine(
    client: httpx.Client, agent: str, new_id: Callable[[str], str], letter: str
) -> None:
    headers = {b"Idempotency-Key": new_id("key").ljust(200, letter).encode()}
    first, again = twice(client, "PATCH", agent, {}, headers)
    assert_replayed(again, first)


# --- At the same time, and across a restart ----------------------------------------------------


@pytest.mark.behind_django_too
def test_twins_at_the_same_time_write_once(
    client: httpx.Client, server: Server, agent: str, key: dict[str, str]
) -> None:
    answers: list[httpx.Response] = []
    start = threading.Barrier(8)

    def send() -> None:
        with httpx.Client(base_url=server.url, headers=client.headers, timeout=30) as own:
            start.wait()
            answers.append(own.patch(agent, json={"properties": {"n": 1}}, headers=key))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        if answer.status_code == 409:
            assert_refused(answer, 409, "idempotency_in_flight")
        else:
            assert (answer.status_code, answer.json()["version"]) == (200, 2)
    firsts = [
        one
        for one in answers
        if one.status_code == 200 and "Idempotency-Replayed" not in one.headers
    ]
    assert len(firsts) == 1
    assert client.get(agent).json()["version"] == 2


@pytest.mark.parametrize(("atomic", "statuses"), [(False, [201, 403]), (True, [424, 403])])
def test_a_batch_is_replayed_for_what_its_key_may_still_write(
    server: Server,
    client: httpx.Client,
    new_path: NewPath,
    new_id: Callable[[str], str],
    key: dict[str, str],
    atomic: bool,
    statuses: list[int],
) -> None:
    mine, other = new_path("agents"), new_path("agents")
    mine_id, other_id = (path.rpartition("/")[2] for path in (mine, other))
    name = new_id("rebound")
    holder = server.client(server.create_key(name, "agent"))
    items = [{"id": one, "state": READY} for one in (mine_id, other_id)]
    batch = {"items": items, "atomic": atomic}
    first = holder.post("/api/v1/agents/batch-set", json=batch, headers=key)
    assert [one["status"] for one in first.json()["results"]] == [201, 201]
    query(server.backend, "update state_apikey set agent_id = %s where name = %s", [mine_id, name])

    def is_bound() -> bool:
        return holder.patch(other, json={}, headers=if_match(99)).status_code == 403

    wait_for(is_bound, timeout_seconds=30, what="the binding")
    again = holder.post("/api/v1/agents/batch-set", json=batch, headers=key)
    assert again.status_code == (409 if atomic else 200)
    assert [one["status"] for one in again.json()["results"]] == statuses
    assert (versions(client, mine), versions(client, other)) == ([1], [1])
