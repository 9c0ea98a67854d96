"""§11: how every refusal looks, and the order they are judged in."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.bodies import CREATE_ONLY, READY, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_invalid, assert_refused

pytestmark = pytest.mark.one_place

JSON = {"Content-Type": "application/json"}


def test_an_unknown_url_is_404(client: httpx.Client) -> None:
    for path in ("/api/v1/nothing", "/api/v1/agents/a/nothing", "/api/v2/agents", "/api/v1/"):
        assert_refused(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/agents/some-agent"),
        ("DELETE", "/api/v1/agents"),
        ("PUT", "/api/v1/summary"),
        ("PATCH", "/api/v1/research/some-research/facts"),
        ("DELETE", "/api/v1/agents/some-agent/history"),
    ],
)
def test_another_method_is_405(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert_refused(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_every_answer_has_a_request_id(
    client: httpx.Client, anonymous: httpx.Client, new_path: NewPath
) -> None:
    path = new_path("agents")
    answers = [
        client.put(path, json=READY),
        client.get(path),
        client.get(path, headers={"If-None-Match": "*"}),
        client.patch(path, json={}, headers={"Prefer": "return=minimal"}),
        client.put(path, json=READY),
        client.get("/api/v1/nothing"),
        client.get("/api/v1/agents"),
        client.delete(path, headers={"If-Match": "*"}),
        anonymous.get(path),
        anonymous.get("/health"),
        anonymous.get("/health/live"),
        anonymous.get("/api/docs"),
        anonymous.get("/accounts/login/"),
        anonymous.get("/nothing-here"),
    ]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert all(ids)
    assert len(set(ids)) == len(ids)


def test_the_callers_request_id_is_kept(client: httpx.Client, agent: str) -> None:
    headers = {"X-Request-Id": "trace-42"}
    assert client.get(agent, headers=headers).headers["X-Request-Id"] == "trace-42"
    answer = client.get("/api/v1/nothing", headers=headers)
    assert answer.json()["requestId"] == "trace-42"


@pytest.mark.parametrize("text", ["x" * 300, "a b", "<script>", "a;b"])
def test_a_harmful_request_id_is_replaced(client: httpx.Client, agent: str, text: str) -> None:
    answer = client.get(agent, headers={"X-Request-Id": text})
    assert answer.headers["X-Request-Id"] != text


def test_no_answer_holds_a_traceback_or_sql(client: httpx.Client, new_path: NewPath) -> None:
    odd: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/api/v1/agents?q=%00", {}),
        ("GET", "/api/v1/agents?q=%FF", {}),
        ("GET", "/api/v1/agents?limit=99999999999999999999", {}),
        ("GET", "/api/v1/agents?limit=%C2%B2", {}),
        ("GET", "/api/v1/agents?updatedSince=9999-12-31T23:59:59-23:59", {}),
        ("GET", "/api/v1/agents?updatedSince=0001-01-01T00:00:00%2B23:59", {}),
        ("GET", f"{new_path('agents')}?version=99999999999999999999", {}),
        ("GET", f"{new_path('agents')}/history?before=x", {}),
        ("GET", f"{new_path('agents')}/history?limit=0", {}),
        ("GET", "/api/v1/agents/%FF", {}),
        ("GET", "/api/v1/agents/%00", {}),
        ("GET", "/api/v1/events?after=x&kinds=x", {}),
        ("GET", "/api/v1/events?wait=NaN", {}),
        ("GET", "/api/v1/snapshot?at=never", {}),
        ("PUT", new_path("agents"), {"content": b"\x00", "headers": JSON}),
        ("PUT", new_path("agents"), {"json": READY, "headers": {"Idempotency-Key": "\xff"}}),
        ("PUT", new_path("agents"), {"json": READY, "headers": {"Lightning-Reason": "a\xff"}}),
        ("PUT", new_path("agents"), {"json": READY, "headers": {"Lock-Token": "\xff"}}),
        ("POST", "/api/v1/agents/batch-get", {"json": {"ids": ["\x00"]}}),
        ("POST", "/api/v1/agents/batch-set", {"json": {"items": [{"id": "\x00"}]}}),
    ]
    for method, path, arguments in odd:
        headers = {
            name: text.encode("latin-1") for name, text in arguments.get("headers", {}).items()
        }
        answer = client.request(method, path, **{**arguments, "headers": headers})
        assert answer.status_code < 500, (method, path, answer.text)
        if answer.status_code >= 400:
            assert_refused(answer, answer.status_code, answer.json()["code"])


# --- The order of refusals ---------------------------------------------------------------------


def test_401_comes_first(anonymous: httpx.Client, new_path: NewPath) -> None:
    answer = anonymous.put(new_path("agents"), content="{", headers={"Content-Type": "text/plain"})
    assert_refused(answer, 401, "unauthenticated")


def test_403_comes_before_415(viewer: httpx.Client, new_path: NewPath) -> None:
    answer = viewer.put(new_path("agents"), content="{", headers={"Content-Type": "text/plain"})
    assert_refused(answer, 403, "forbidden")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_403_for_force_comes_before_everything_else(
    client: httpx.Client, agent: str, method: str
) -> None:
    answer = client.request(
        method, agent, params={"force": "true"}, content="{", headers={"Content-Type": "text/plain"}
    )
    assert_refused(answer, 403, "forbidden")


def test_415_comes_before_413(client: httpx.Client, new_path: NewPath) -> None:
    answer = client.put(
        new_path("agents"), content=" " * 1_100_000, headers={"Content-Type": "text/plain"}
    )
    assert_refused(answer, 415, "unsupported_media_type")


def test_413_comes_before_400(client: httpx.Client, new_path: NewPath) -> None:
    answer = client.put(
        new_path("agents"), content="{" * 1_100_000, headers={**JSON, "If-Match": "weak"}
    )
    assert_refused(answer, 413, "too_large")


@pytest.mark.parametrize(
    "headers",
    [
        {"If-Match": "weak"},
        {"Lightning-Reason": "x" * 501},
        {"Idempotency-Key": "x" * 201},
    ],
    ids=["If-Match", "Lightning-Reason", "Idempotency-Key"],
)
def test_400_comes_before_422(
    client: httpx.Client, new_path: NewPath, headers: dict[str, str]
) -> None:
    answer = client.put(new_path("agents"), json={}, headers=headers)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/v1/agents/bad%20id"),
        ("PATCH", "/api/v1/agents/bad%20id"),
        ("POST", "/api/v1/research/bad%20id/facts"),
        ("POST", "/api/v1/agents/bad%20id/restore"),
    ],
)
def test_400_of_the_body_comes_before_422_of_the_id(
    operator: httpx.Client, method: str, path: str
) -> None:
    answer = operator.request(method, path, content="{", headers=JSON)
    assert_refused(answer, 400, "malformed")


def test_422_shape_comes_before_the_replay(
    client: httpx.Client, agent: str, new_id: Callable[[str], str]
) -> None:
    key = {"Idempotency-Key": new_id("key")}
    client.patch(agent, json={}, headers=key)
    answer = client.patch(agent, json={"colour": "red"}, headers=key)
    assert_refused(answer, 422, "invalid")


def test_422_shape_comes_before_404(client: httpx.Client, new_path: NewPath) -> None:
    assert_invalid(client.patch(new_path("agents"), json={"colour": "red"}), "colour")


def test_422_shape_comes_before_412(client: httpx.Client, agent: str) -> None:
    assert_invalid(client.put(agent, json={"status": "Ready"}, headers=if_match(9)), "agentType")


def test_the_replay_comes_before_428(
    client: httpx.Client, new_path: NewPath, new_id: Callable[[str], str]
) -> None:
    path, key = new_path("agents"), {"Idempotency-Key": new_id("key")}
    for _ in range(2):
        assert client.put(path, json=READY, headers=key).status_code == 201


def test_428_comes_before_409(client: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed")
    answer = client.put(path, json={"query": "q", "status": "Pending"})
    assert_refused(answer, 428, "precondition_required")


def test_412_comes_before_409(client: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed")
    answer = client.patch(path, json={"status": "Pending"}, headers=if_match(9))
    assert_refused(answer, 412, "version_conflict")


def test_409_comes_before_422_of_the_invariants(client: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed", iterationCount=5)
    answer = client.patch(path, json={"status": "Pending", "iterationCount": 1})
    assert_refused(answer, 409, "illegal_transition")


def test_412_comes_before_422_of_the_invariants(client: httpx.Client, create: Create) -> None:
    path = create("research", iterationCount=5)
    answer = client.patch(path, json={"iterationCount": 1}, headers=if_match(9))
    assert_refused(answer, 412, "version_conflict")


# --- currentVersion ----------------------------------------------------------------------------


def test_current_version_is_the_last_version_ever(client: httpx.Client, agent: str) -> None:
    client.patch(agent, json={})
    client.delete(agent, headers=if_match(2))
    answer = client.put(agent, json=READY, headers=if_match(1))
    assert_refused(answer, 412, "version_conflict", currentVersion=3)


def test_current_version_is_0_when_there_was_none(client: httpx.Client, new_path: NewPath) -> None:
    answer = client.put(new_path("agents"), json=READY, headers=if_match(1))
    assert_refused(answer, 412, "version_conflict", currentVersion=0)


def test_a_refused_create_tells_the_current_version(client: httpx.Client, agent: str) -> None:
    answer = client.put(agent, json=READY, headers=CREATE_ONLY)
    assert_refused(answer, 412, "version_conflict", currentVersion=1)
