"""§10: keys are made, seen and revoked by the role admin, over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.refusals import assert_refused
from tests.rig.server import Server
from tests.rig.waiting import wait_for

KEYS = "/api/v1/keys"
IN_FORCE_SECONDS = 5.0
USED_SECONDS = 60.0


@pytest.fixture
def admin(server: Server) -> httpx.Client:
    return server.client_as("admin")


def listed(admin: httpx.Client, key_id: str) -> dict[str, Any]:
    items = admin.get(KEYS, params={"limit": 500}).json()["items"]
    found: dict[str, Any] = next(item for item in items if item["id"] == key_id)
    return found


def test_a_key_is_shown_once_used_and_revoked_within_5_seconds(
    server: Server, admin: httpx.Client, new_id: Callable[[str], str]
) -> None:
    bound_to = new_id("agent")
    wish = {"name": new_id("key"), "role": "agent", "agentId": bound_to, "expiresInDays": 7}
    answer = admin.post(KEYS, json=wish)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    text = made.pop("key")
    assert (made["role"], made["agentId"], made["lastUsedAt"]) == ("agent", bound_to, None)
    assert made["createdAt"] < made["expiresAt"]
    assert text not in admin.get(KEYS).text

    client = server.client(text)
    body = {"agentType": "A", "status": "Ready"}
    assert client.put(f"/api/v1/agents/{bound_to}", json=body).status_code == 201
    assert client.put(f"/api/v1/agents/{new_id('other')}", json=body).status_code == 403
    wait_for(
        lambda: listed(admin, made["id"])["lastUsedAt"],
        timeout_seconds=USED_SECONDS,
        what="the key's use",
    )

    path = f"{KEYS}/{made['id']}/revoke"
    revoked = admin.post(path, json={"reason": "it leaked"}).json()
    assert (revoked["revoked"], revoked["revokedBy"]) == (True, "rig-admin")
    assert revoked["revokedReason"] == "it leaked"
    wait_for(
        lambda: client.get("/api/v1/summary").status_code == 401,
        timeout_seconds=IN_FORCE_SECONDS,
        what="the revocation",
    )
    assert admin.post(path, json={"reason": "again"}).json() == listed(admin, made["id"])
    assert listed(admin, made["id"])["revokedReason"] == "it leaked"


def test_it_pages_from_the_newest_to_the_oldest(
    admin: httpx.Client, new_id: Callable[[str], str]
) -> None:
    names = [new_id(f"page-{number}") for number in range(3)]
    for name in names:
        admin.post(KEYS, json={"name": name, "role": "viewer"}).raise_for_status()
    seen: list[str] = []
    page = ""
    while not set(names) <= set(seen):
        answer = admin.get(KEYS, params={"limit": 2, "page": page}).json()
        seen += [item["name"] for item in answer["items"]]
        page = answer["next"]
    assert seen[:3] == names[::-1]
    assert len(seen) == len(set(seen))


def test_only_an_admin_who_is_not_bound_makes_keys(
    server: Server, client_as: Callable[[str], httpx.Client], new_id: Callable[[str], str]
) -> None:
    wish = {"name": new_id("key"), "role": "viewer"}
    for role in ("viewer", "agent", "operator"):
        client = client_as(role)
        assert_refused(client.get(KEYS), 403, "forbidden")
        assert_refused(client.post(KEYS, json=wish), 403, "forbidden")
        assert_refused(client.post(f"{KEYS}/any/revoke", json={}), 403, "forbidden")
    bound = server.client(server.create_key(new_id("bound"), "admin", agent_id=new_id("agent")))
    assert_refused(bound.post(KEYS, json=wish), 403, "forbidden")


def test_what_is_wrong_is_named(admin: httpx.Client) -> None:
    answer = admin.post(
        KEYS, json={"name": "a\nb", "role": "viewer", "agentId": "a b", "expiresInDays": 0}
    )
    assert_refused(answer, 422, "invalid")
    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {"name", "agentId", "expiresInDays"}
    assert_refused(admin.post(KEYS, json={"name": "x", "role": "king"}), 422, "invalid")
    assert_refused(admin.post(f"{KEYS}/nothing/revoke", json={}), 404, "not_found")
