"""Asks for locks as a client does."""

from typing import Any

import httpx

from tests.contract.bodies import Body

LOCKS = "/api/v1/locks"
KIND_OF_SEGMENT = {"agents": "agent", "research": "research", "verifications": "verification"}


def wish(path: str, owner: str = "me", **members: Any) -> Body:
    """The body that asks for the lock of the state at a path."""
    _, _, _, segment, state_id = path.split("/")
    return {"kind": KIND_OF_SEGMENT[segment], "id": state_id, "owner": owner, **members}


def acquire(client: httpx.Client, path: str, owner: str = "me", **members: Any) -> Body:
    """The lease of the state at a path, which must be free."""
    answer = client.post(LOCKS, json=wish(path, owner, **members))
    assert answer.status_code == 201, answer.text
    lease: Body = answer.json()
    return lease


def path_of(lease: Body) -> str:
    """Where a lease is renewed and released."""
    return f"{LOCKS}/{lease['lockId']}"


def holding(lease: Body) -> dict[str, str]:
    """The header that says "I hold this lock"."""
    return {"Lock-Token": lease["token"]}


def release(client: httpx.Client, lease: Body) -> None:
    """Gives a lease back."""
    answer = client.delete(path_of(lease), headers=holding(lease))
    assert answer.status_code == 204, answer.text


def listed(client: httpx.Client, path: str) -> list[Body]:
    """The leases held on the state at a path, as anybody may see them."""
    asked = wish(path)
    answer = client.get(LOCKS, params={"kind": asked["kind"], "id": asked["id"]})
    assert answer.status_code == 200, answer.text
    items: list[Body] = answer.json()["items"]
    return items
