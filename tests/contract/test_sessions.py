"""§10: an operator's Django session on the API, CSRF-checked."""

import httpx
import pytest

from tests.contract.bodies import if_match
from tests.contract.refusals import assert_refused
from tests.contract.sessions import csrf, signed_in
from tests.rig.server import Server

pytestmark = pytest.mark.one_place


@pytest.fixture(scope="module")
def session(server: Server) -> httpx.Client:
    """The session of an operator."""
    return signed_in(server, "operator")


def test_a_session_reads(session: httpx.Client, agent: str) -> None:
    assert session.get(agent).status_code == 200
    assert session.get("/api/v1/summary").status_code == 200


def test_a_session_writes_with_its_csrf_token(session: httpx.Client, agent: str) -> None:
    answer = session.patch(agent, json={}, headers=csrf(session))
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


@pytest.mark.parametrize("token", [None, "wrong", "x" * 32])
def test_a_session_does_not_write_without_it(
    session: httpx.Client, agent: str, token: str | None
) -> None:
    headers = {"X-CSRFToken": token} if token else {}
    for method in ("PUT", "PATCH", "DELETE"):
        answer = session.request(method, agent, json={}, headers={**headers, **if_match(1)})
        assert_refused(answer, 403, "forbidden")
    assert session.get(agent).json()["version"] == 1


def test_the_actor_is_the_users_name(session: httpx.Client, agent: str) -> None:
    session.patch(agent, json={}, headers={**csrf(session), "Lightning-Reason": "by hand"})
    newest = session.get(f"{agent}/history").json()["items"][0]
    assert (newest["actor"], newest["reason"]) == ("operator", "by hand")


def test_a_session_has_the_role_of_its_user(server: Server, agent: str) -> None:
    session = signed_in(server, "viewer")
    assert session.get(agent).status_code == 200
    answer = session.patch(agent, json={}, headers=csrf(session))
    assert_refused(answer, 403, "forbidden")


def test_a_session_that_ended_counts_no_more(server: Server, agent: str) -> None:
    session = signed_in(server, "operator")
    ended = session.post("/accounts/logout/", headers=csrf(session))
    assert ended.status_code in {200, 302}
    assert_refused(session.get(agent), 401, "unauthenticated")


def test_a_wrong_key_beside_a_session_is_401(session: httpx.Client, agent: str) -> None:
    answer = session.get(agent, headers={"X-Api-Key": "wrong"})
    assert_refused(answer, 401, "unauthenticated")
