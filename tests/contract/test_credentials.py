"""§10: which credentials count, on every door."""

from collections.abc import Callable

import httpx
import pytest

from tests.contract.bodies import READY
from tests.contract.conftest import NewPath
from tests.contract.refusals import assert_refused
from tests.rig.server import Server
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.one_place

IN_FORCE_SECONDS = 5.0
READS = (
    "/api/v1/agents",
    "/api/v1/agents/some-agent",
    "/api/v1/agents/some-agent/history",
    "/api/v1/research/some-research/facts",
    "/api/v1/summary",
    "/api/v1/events",
    "/api/v1/snapshot",
    "/api/v1/cache",
)


def update_key(server: Server, name: str, change: str) -> None:
    """What an administrator does in the admin, without its pages."""
    server.backend.manage(
        "shell",
        "-v0",
        "-c",
        "from datetime import *; from state.models import ApiKey;"
        f"assert ApiKey.objects.filter(name={name!r}).update({change}) == 1",
    )


@pytest.mark.parametrize("path", READS)
def test_without_credentials_it_is_401(anonymous: httpx.Client, path: str) -> None:
    answer = anonymous.get(path)
    assert_refused(answer, 401, "unauthenticated")
    assert "Bearer" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_a_write_without_credentials_is_401(
    anonymous: httpx.Client, new_path: NewPath, method: str
) -> None:
    path = "/api/v1/agents/batch-set" if method == "POST" else new_path("agents")
    answer = anonymous.request(method, path, json=READY)
    assert_refused(answer, 401, "unauthenticated")
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_a_bearer_key_counts(anonymous: httpx.Client, server: Server, agent: str) -> None:
    key = server.backend.keys["viewer"]
    for scheme in ("Bearer", "bearer"):
        answer = anonymous.get(agent, headers={"Authorization": f"{scheme} {key}"})
        assert answer.status_code == 200


def test_an_x_api_key_counts(anonymous: httpx.Client, server: Server, agent: str) -> None:
    headers = {"X-Api-Key": server.backend.keys["viewer"]}
    assert anonymous.get(agent, headers=headers).status_code == 200
    assert anonymous.get("/api/v1/summary", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer wrong.key"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic dXNlcjpwYXNzd29yZA=="},
        {"X-Api-Key": "wrong"},
        {"X-Api-Key": "x" * 5000},
        {b"Authorization": "Bearer ключ".encode()},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/api/v1/agents/some-agent", "/api/v1/summary"])
def test_a_wrong_key_is_401(anonymous: httpx.Client, path: str, headers: dict[str, str]) -> None:
    answer = anonymous.get(path, headers=headers)
    assert_refused(answer, 401, "unauthenticated")
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_the_key_alone_is_printed(server: Server, new_id: Callable[[str], str]) -> None:
    printed = server.backend.manage(
        "create_api_key", "--name", new_id("key"), "--role", "viewer", "--expires-in-days", "2"
    )
    assert len(printed.split()) == 1
    key = printed.strip()
    assert server.client(key).get("/api/v1/summary").status_code == 200


def test_a_key_is_stored_hashed(server: Server) -> None:
    key = server.backend.keys["viewer"]
    stored = server.backend.manage(
        "shell",
        "-v0",
        "-c",
        "from state.models import ApiKey; print(list(ApiKey.objects.values()))",
    )
    assert key not in stored
    assert key.partition(".")[2] not in stored


def test_a_revoked_key_is_refused_within_5_seconds(
    server: Server, new_id: Callable[[str], str]
) -> None:
    name = new_id("revoked")
    client = server.client(server.create_key(name, "viewer"))
    assert client.get("/api/v1/summary").status_code == 200
    update_key(server, name, "revoked=True")

    def refused_everywhere() -> bool:
        answers = [client.get("/api/v1/summary"), client.get("/api/v1/agents/some-agent")]
        return {answer.status_code for answer in answers} == {401}

    wait_for(refused_everywhere, timeout_seconds=IN_FORCE_SECONDS, what="the revocation")


def test_an_expired_key_is_refused(server: Server, new_id: Callable[[str], str]) -> None:
    name = new_id("expired")
    key = server.create_key(name, "viewer", expires_in_days=1)
    update_key(server, name, "expiry_date=datetime.now(timezone.utc) - timedelta(seconds=1)")
    assert_refused(server.client(key).get("/api/v1/summary"), 401, "unauthenticated")
    assert_refused(server.client(key).get("/api/v1/agents/a"), 401, "unauthenticated")
