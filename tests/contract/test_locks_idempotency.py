"""§2 and §4: ``Idempotency-Key`` on locks."""

from collections.abc import Callable

import httpx
import pytest

from tests.contract.bodies import READY
from tests.contract.conftest import Create, NewPath
from tests.contract.leases import LOCKS, acquire, holding, listed, path_of, release, wish
from tests.contract.refusals import assert_refused


@pytest.fixture
def key(new_id: Callable[[str], str]) -> dict[str, str]:
    """An Idempotency-Key nobody else uses."""
    return {"Idempotency-Key": new_id("key")}


def assert_replayed(again: httpx.Response, first: httpx.Response) -> None:
    """The first answer came again, and says so."""
    assert first.is_success, first.text
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers


def test_a_retried_acquire_gets_the_same_lease_and_token(
    client: httpx.Client, agent: str, key: dict[str, str]
) -> None:
    first = client.post(LOCKS, json=wish(agent), headers=key)
    again = client.post(LOCKS, json=wish(agent), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert len(listed(client, agent)) == 1


def test_another_wish_under_the_same_key_is_a_mismatch(
    client: httpx.Client, create: Create, key: dict[str, str]
) -> None:
    client.post(LOCKS, json=wish(create("agents")), headers=key)
    answer = client.post(LOCKS, json=wish(create("agents")), headers=key)
    assert_refused(answer, 422, "idempotency_mismatch")


def test_a_refused_acquire_is_judged_anew(
    client: httpx.Client, agent: str, key: dict[str, str]
) -> None:
    holder = acquire(client, agent, "holder")
    assert client.post(LOCKS, json=wish(agent), headers=key).status_code == 409
    release(client, holder)
    assert client.post(LOCKS, json=wish(agent), headers=key).status_code == 201


def test_a_key_used_for_a_write_is_not_free_for_a_lock(
    client: httpx.Client, new_path: NewPath, key: dict[str, str]
) -> None:
    path = new_path("agents")
    assert client.put(path, json=READY, headers=key).status_code == 201
    answer = client.post(LOCKS, json=wish(path), headers=key)
    assert_refused(answer, 422, "idempotency_mismatch")


def test_an_acquire_is_replayed_as_it_was_though_it_was_renewed(
    client: httpx.Client, agent: str, key: dict[str, str]
) -> None:
    first = client.post(LOCKS, json=wish(agent), headers=key)
    lease = first.json()
    renewed = client.patch(path_of(lease), json={"ttlSeconds": 600}, headers=holding(lease))
    assert_replayed(client.post(LOCKS, json=wish(agent), headers=key), first)
    assert [one["expiresAt"] for one in listed(client, agent)] == [renewed.json()["expiresAt"]]


def test_a_retried_renewal_renews_once(
    client: httpx.Client, agent: str, key: dict[str, str]
) -> None:
    lease = acquire(client, agent)
    asked = {"json": {"ttlSeconds": 600}, "headers": holding(lease) | key}
    first = client.patch(path_of(lease), **asked)
    assert_replayed(client.patch(path_of(lease), **asked), first)
    assert [one["expiresAt"] for one in listed(client, agent)] == [first.json()["expiresAt"]]


def test_a_renewal_is_replayed_though_the_lease_is_lost(
    client: httpx.Client, agent: str, key: dict[str, str]
) -> None:
    lease = acquire(client, agent)
    asked = {"json": {"ttlSeconds": 600}, "headers": holding(lease) | key}
    first = client.patch(path_of(lease), **asked)
    release(client, lease)
    assert_replayed(client.patch(path_of(lease), **asked), first)
    assert listed(client, agent) == []


def test_a_retried_release_is_told_the_success_and_frees_nothing_else(
    client: httpx.Client, agent: str, key: dict[str, str]
) -> None:
    lease = acquire(client, agent, "first")
    first = client.delete(path_of(lease), headers=holding(lease) | key)
    acquire(client, agent, "second")
    assert_replayed(client.delete(path_of(lease), headers=holding(lease) | key), first)
    assert [one["owner"] for one in listed(client, agent)] == ["second"]


def test_a_forced_release_is_replayed(
    client: httpx.Client, operator: httpx.Client, agent: str, key: dict[str, str]
) -> None:
    lease = acquire(client, agent)
    first, again = (
        operator.delete(path_of(lease), params={"force": "true"}, headers=key) for _ in range(2)
    )
    assert_replayed(again, first)


def test_a_renewal_under_a_used_key_is_a_mismatch(
    client: httpx.Client, agent: str, key: dict[str, str]
) -> None:
    lease = acquire(client, agent)
    headers = holding(lease) | key
    assert client.patch(path_of(lease), json={"ttlSeconds": 9}, headers=headers).is_success
    answers = [
        client.patch(path_of(lease), json={"ttlSeconds": 10}, headers=headers),
        client.delete(path_of(lease), headers=headers),
        client.delete(f"{LOCKS}/nobody", headers=headers),
    ]
    for answer in answers:
        assert_refused(answer, 422, "idempotency_mismatch")
    assert listed(client, agent)


def test_a_refused_renewal_is_judged_anew(
    client: httpx.Client, agent: str, key: dict[str, str]
) -> None:
    lease = acquire(client, agent)
    asked = {"json": {"ttlSeconds": 9}}
    wrong = client.patch(path_of(lease), **asked, headers={"Lock-Token": "wrong"} | key)
    assert_refused(wrong, 409, "lock_lost")
    assert client.patch(path_of(lease), **asked, headers=holding(lease) | key).is_success
