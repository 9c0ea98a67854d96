"""§4: acquiring, renewing, releasing and listing locks."""

import time
from collections.abc import Callable
from datetime import datetime

import httpx
import pytest

from tests.contract.conftest import Create, NewPath
from tests.contract.leases import LOCKS, acquire, holding, listed, path_of, release, wish
from tests.contract.refusals import assert_invalid, assert_refused
from tests.patience import attempts
from tests.rig.server import Server
from tests.rig.waiting import wait_for

MEMBERS = {"lockId", "kind", "id", "owner", "token", "fencingToken", "acquiredAt", "expiresAt"}


def seconds_held(lease: dict[str, str]) -> float:
    acquired, expires = (datetime.fromisoformat(lease[n]) for n in ("acquiredAt", "expiresAt"))
    return (expires - acquired).total_seconds()


# --- Acquiring ----------------------------------------------------------------------------------


def test_a_free_lock_is_granted(client: httpx.Client, state: str) -> None:
    answer = client.post(LOCKS, json=wish(state, "worker 1"))
    assert answer.status_code == 201
    lease = answer.json()
    assert lease.keys() == MEMBERS
    assert lease["owner"] == "worker 1"
    assert (lease["kind"], lease["id"]) == (wish(state)["kind"], wish(state)["id"])
    assert lease["acquiredAt"].endswith("Z")
    assert lease["expiresAt"].endswith("Z")
    assert answer.headers["Location"] == path_of(lease)


def test_it_lasts_30_seconds_unless_told(client: httpx.Client, agent: str, research: str) -> None:
    assert seconds_held(acquire(client, agent)) == pytest.approx(30, abs=0.1)
    assert seconds_held(acquire(client, research, ttlSeconds=3600)) == pytest.approx(3600, abs=0.1)


def test_the_state_need_not_exist_yet(client: httpx.Client, new_path: NewPath, kind: str) -> None:
    path = new_path(kind)
    acquire(client, path)
    assert client.get(path).status_code == 404
    assert client.get(f"{path}/history").status_code == 404
    listed_ids = client.get(f"/api/v1/{kind}", params={"q": path.rpartition("/")[2]}).json()
    assert listed_ids["items"] == []


def test_a_lock_that_is_held_is_not_to_be_had(client: httpx.Client, agent: str) -> None:
    lease = acquire(client, agent, "first")
    answer = client.post(LOCKS, json=wish(agent, "second"))
    assert_refused(answer, 409, "lock_unavailable", owner="first", expiresAt=lease["expiresAt"])
    assert "token" not in answer.json()


def test_the_same_owner_does_not_get_it_twice(client: httpx.Client, agent: str) -> None:
    acquire(client, agent, "me")
    assert_refused(client.post(LOCKS, json=wish(agent, "me")), 409, "lock_unavailable")


def test_locks_of_different_states_are_independent(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    shared = new_id("same-id")
    for kind in ("agents", "research", "verifications"):
        acquire(client, f"/api/v1/{kind}/{shared}")
    acquire(client, f"/api/v1/agents/{shared}-too")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("ttlSeconds", 0.5),
        ("ttlSeconds", 3601),
        ("ttlSeconds", "30"),
        ("waitSeconds", -1),
        ("waitSeconds", 61),
        ("kind", "agents"),
        ("id", "no spaces"),
        ("id", "a\n"),
        ("id", "x" * 201),
        ("owner", ""),
        ("owner", 7),
        ("colour", "red"),
    ],
)
def test_a_wish_of_the_wrong_shape_is_refused(
    client: httpx.Client, new_path: NewPath, member: str, value: object
) -> None:
    answer = client.post(LOCKS, json=wish(new_path("agents")) | {member: value})
    assert_invalid(answer, member)


@pytest.mark.parametrize("member", ["kind", "id", "owner"])
def test_a_wish_must_say_what_and_who(client: httpx.Client, new_path: NewPath, member: str) -> None:
    asked = wish(new_path("agents"))
    del asked[member]
    assert_invalid(client.post(LOCKS, json=asked), member)


def test_all_that_is_wrong_is_named(client: httpx.Client) -> None:
    answer = client.post(LOCKS, json={"kind": "agent", "ttlSeconds": 0, "colour": "red"})
    named = {error["field"] for error in answer.json()["errors"]}
    assert named == {"id", "owner", "ttlSeconds", "colour"}


@pytest.mark.parametrize("body", [[], "agent", 7])
def test_a_wish_is_an_object(client: httpx.Client, body: object) -> None:
    assert_refused(client.post(LOCKS, json=body), 422, "invalid")


def test_the_time_to_live_is_bounded_when_renewing_too(client: httpx.Client, agent: str) -> None:
    lease = acquire(client, agent)
    for seconds in (0, 3601):
        answer = client.patch(path_of(lease), json={"ttlSeconds": seconds}, headers=holding(lease))
        assert_invalid(answer, "ttlSeconds")


# --- Renewing -----------------------------------------------------------------------------------


def test_the_holder_renews(client: httpx.Client, agent: str) -> None:
    lease = acquire(client, agent)
    answer = client.patch(path_of(lease), json={"ttlSeconds": 600}, headers=holding(lease))
    assert answer.status_code == 200
    renewed = answer.json()
    assert renewed["lockId"] == lease["lockId"]
    assert renewed["fencingToken"] == lease["fencingToken"]
    assert seconds_held(renewed) >= 600
    assert "token" not in renewed, "it is shown once"
    assert [one["expiresAt"] for one in listed(client, agent)] == [renewed["expiresAt"]]


def test_a_renewed_lock_outlives_its_first_term(client: httpx.Client, create: Create) -> None:
    def was_renewed_in_time() -> bool:
        agent = create("agents")
        began = time.monotonic()
        lease = acquire(client, agent, ttlSeconds=1)
        clock = acquire(client, f"{agent}.clock", ttlSeconds=1)
        renewed = client.patch(path_of(lease), json={"ttlSeconds": 60}, headers=holding(lease))
        if renewed.status_code == 409 and time.monotonic() - began > 1:
            return False
        assert renewed.status_code == 200
        wait_for(lambda: not listed(client, f"{agent}.clock"), what=f"{clock['lockId']} expiring")
        assert client.patch(agent, json={}, headers=holding(lease)).status_code == 200
        return True

    for _ in attempts("a renewal within the first second"):
        if was_renewed_in_time():
            return


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_only_the_token_renews_or_releases(client: httpx.Client, agent: str, method: str) -> None:
    lease = acquire(client, agent)
    body = {"json": {"ttlSeconds": 60}} if method == "PATCH" else {}
    wrong = client.request(method, path_of(lease), headers={"Lock-Token": "wrong"}, **body)
    assert_refused(wrong, 409, "lock_lost")
    assert client.request(method, path_of(lease), **body).status_code == 400
    assert listed(client, agent)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_unknown_lock_is_404(client: httpx.Client, method: str) -> None:
    body = {"json": {"ttlSeconds": 60}} if method == "PATCH" else {}
    answer = client.request(method, f"{LOCKS}/nobody", headers={"Lock-Token": "x"}, **body)
    assert_refused(answer, 404, "not_found")


@pytest.mark.parametrize("lock_id", ["%00", "a%00b", "%FF", "x" * 300])
def test_an_id_that_no_lock_has_is_404(client: httpx.Client, lock_id: str) -> None:
    for headers in ({}, {"Lock-Token": "x"}):
        renewed = client.patch(f"{LOCKS}/{lock_id}", json={"ttlSeconds": 60}, headers=headers)
        assert_refused(renewed, 404, "not_found")
        assert_refused(client.delete(f"{LOCKS}/{lock_id}", headers=headers), 404, "not_found")


# --- Releasing ----------------------------------------------------------------------------------


def test_a_released_lock_is_free(client: httpx.Client, agent: str) -> None:
    release(client, acquire(client, agent, "first"))
    assert listed(client, agent) == []
    assert acquire(client, agent, "second")["owner"] == "second"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_released_lock_is_lost(client: httpx.Client, agent: str, method: str) -> None:
    lease = acquire(client, agent)
    release(client, lease)
    body = {"json": {"ttlSeconds": 60}} if method == "PATCH" else {}
    answer = client.request(method, path_of(lease), headers=holding(lease), **body)
    assert_refused(answer, 409, "lock_lost")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_superseded_lock_is_lost(client: httpx.Client, agent: str, method: str) -> None:
    old = acquire(client, agent, "old")
    release(client, old)
    new = acquire(client, agent, "new")
    body = {"json": {"ttlSeconds": 60}} if method == "PATCH" else {}
    for headers in (holding(old), holding(new)):
        answer = client.request(method, path_of(old), headers=headers, **body)
        assert_refused(answer, 409, "lock_lost")
    assert [one["lockId"] for one in listed(client, agent)] == [new["lockId"]]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_expired_lock_is_lost_even_when_nobody_holds_it(
    client: httpx.Client, agent: str, method: str
) -> None:
    lease = acquire(client, agent, ttlSeconds=1)
    wait_for(lambda: not listed(client, agent), what="the lock expiring")
    body = {"json": {"ttlSeconds": 60}} if method == "PATCH" else {}
    answer = client.request(method, path_of(lease), headers=holding(lease), **body)
    assert_refused(answer, 409, "lock_lost")


def test_an_operator_releases_by_force(
    client: httpx.Client, client_as: Callable[[str], httpx.Client], agent: str
) -> None:
    lease = acquire(client, agent)
    refused = client.delete(path_of(lease), params={"force": "true"})
    assert_refused(refused, 403, "forbidden")
    assert listed(client, agent)
    answer = client_as("operator").delete(path_of(lease), params={"force": "true"})
    assert answer.status_code == 204
    assert listed(client, agent) == []
    assert_refused(client.patch(agent, json={}, headers=holding(lease)), 409, "lock_lost")


# --- Listing ------------------------------------------------------------------------------------


def test_the_list_shows_who_holds_what_but_no_token(client: httpx.Client, agent: str) -> None:
    lease = acquire(client, agent, "holder")
    answer = client.get(LOCKS, params={"kind": "agent", "id": lease["id"]})
    assert answer.json()["items"] == [
        {name: value for name, value in lease.items() if name != "token"}
    ]
    assert lease["token"] not in answer.text


def test_the_list_is_of_what_is_held_now(client: httpx.Client, new_path: NewPath) -> None:
    held, released, expired = (new_path("agents") for _ in range(3))
    acquire(client, held)
    release(client, acquire(client, released))
    acquire(client, expired, ttlSeconds=1)
    wait_for(lambda: not listed(client, expired), what="the lock expiring")
    for path, count in ((held, 1), (released, 0), (expired, 0)):
        # By its id: the list of all has many pages, and the newest is on the last.
        items = client.get(LOCKS, params={"id": wish(path)["id"]}).json()["items"]
        assert len(items) == count


def test_the_list_is_filtered_by_kind(client: httpx.Client, new_id: Callable[[str], str]) -> None:
    shared = new_id("same-id")
    for kind in ("agents", "research"):
        acquire(client, f"/api/v1/{kind}/{shared}")
    by_id = client.get(LOCKS, params={"id": shared}).json()["items"]
    assert sorted(one["kind"] for one in by_id) == ["agent", "research"]
    by_both = client.get(LOCKS, params={"id": shared, "kind": "agent"}).json()["items"]
    assert [one["kind"] for one in by_both] == ["agent"]


def test_an_unknown_kind_is_400(client: httpx.Client) -> None:
    assert_refused(client.get(LOCKS, params={"kind": "agents"}), 400, "bad_filter")


@pytest.mark.behind_django_too
def test_the_list_is_paged(client: httpx.Client, new_path: NewPath) -> None:
    mine = {acquire(client, new_path("verifications"))["id"] for _ in range(5)}
    ids: list[str] = []
    page = None
    while True:
        asked = {"kind": "verification", "limit": 2} | ({"page": page} if page else {})
        body = client.get(LOCKS, params=asked).json()
        assert len(body["items"]) <= 2
        ids += [one["id"] for one in body["items"]]
        page = body["next"]
        if page is None:
            break
    assert mine <= set(ids)
    assert len(ids) == len(set(ids))


def test_a_page_belongs_to_its_filters(client: httpx.Client, new_path: NewPath) -> None:
    for _ in range(2):
        acquire(client, new_path("agents"))
    page = client.get(LOCKS, params={"kind": "agent", "limit": 1}).json()["next"]
    assert client.get(LOCKS, params={"kind": "agent", "page": page}).status_code == 200
    for other in ({}, {"kind": "research"}, {"kind": "agent", "id": "another"}):
        assert_refused(client.get(LOCKS, params={**other, "page": page}), 400, "bad_page")


@pytest.mark.parametrize("page", ["nonsense", "WyJsb2NrcyIsIiIsIiIsIsKyIl0", "WyJsb2NrcyJd"])
def test_a_page_never_handed_out_is_400(client: httpx.Client, page: str) -> None:
    assert_refused(client.get(LOCKS, params={"page": page}), 400, "bad_page")


@pytest.mark.parametrize("asked", [{"owner": "me"}, {"Kind": "agent"}, {"id": "\x00"}])
def test_an_unknown_filter_is_400(client: httpx.Client, asked: dict[str, str]) -> None:
    assert_refused(client.get(LOCKS, params=asked), 400, "bad_filter")


# --- Who may ------------------------------------------------------------------------------------


def test_a_viewer_sees_locks_and_takes_none(
    client_as: Callable[[str], httpx.Client], client: httpx.Client, agent: str
) -> None:
    viewer = client_as("viewer")
    assert_refused(viewer.post(LOCKS, json=wish(agent)), 403, "forbidden")
    lease = acquire(client, agent)
    assert listed(viewer, agent)
    for method, body in (("PATCH", {"json": {"ttlSeconds": 9}}), ("DELETE", {})):
        answer = viewer.request(method, path_of(lease), headers=holding(lease), **body)
        assert_refused(answer, 403, "forbidden")


def test_nobody_without_credentials(anonymous: httpx.Client, agent: str) -> None:
    assert_refused(anonymous.get(LOCKS), 401, "unauthenticated")
    assert_refused(anonymous.post(LOCKS, json=wish(agent)), 401, "unauthenticated")


def test_a_bound_key_locks_only_what_it_may_write(
    server: Server, client: httpx.Client, create: Create
) -> None:
    mine, other, research = create("agents"), create("agents"), create("research")
    bound = server.client(server.create_key("bound", "agent", agent_id=wish(mine)["id"]))
    assert_refused(bound.post(LOCKS, json=wish(other)), 403, "forbidden")
    lease = acquire(client, other)
    assert_refused(bound.delete(path_of(lease), headers=holding(lease)), 403, "forbidden")
    acquire(bound, mine)
    acquire(bound, research)


# --- The order of refusals ----------------------------------------------------------------------


def test_the_binding_comes_before_the_shape(server: Server, create: Create) -> None:
    mine, other = create("agents"), create("agents")
    bound = server.client(server.create_key("bound", "agent", agent_id=wish(mine)["id"]))
    asked = {"kind": "agent", "id": wish(other)["id"]}
    for body in (asked, {**asked, "owner": "\x00"}, {**asked, "colour": "red"}):
        assert_refused(bound.post(LOCKS, json=body), 403, "forbidden")
    assert_invalid(bound.post(LOCKS, json={"kind": "agent", "id": wish(mine)["id"]}), "owner")


def test_the_binding_comes_before_the_shape_of_a_renewal(
    server: Server, client: httpx.Client, create: Create
) -> None:
    mine, other = create("agents"), create("agents")
    bound = server.client(server.create_key("bound", "agent", agent_id=wish(mine)["id"]))
    lease = acquire(client, other)
    assert_refused(bound.patch(path_of(lease), json={"colour": "red"}), 403, "forbidden")


def test_400_comes_before_422(client: httpx.Client, agent: str) -> None:
    lease, headers = acquire(client, agent), {"Idempotency-Key": "x" * 201}
    answers = [
        client.post(LOCKS, json={}, headers=headers),
        client.patch(path_of(lease), json={}, headers=holding(lease) | headers),
        client.patch(path_of(lease), json={}),
        client.delete(path_of(lease), headers=holding(lease) | headers),
    ]
    for answer in answers:
        assert_refused(answer, 400, "malformed")
    assert listed(client, agent)
