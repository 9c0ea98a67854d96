"""The Django admin: manual fixes go through the service like anybody's write."""

import re
from html import unescape

import httpx
import pytest

from tests.contract.sessions import signed_in
from tests.rig.server import Server

_FIELD = re.compile(r'<(?:input|textarea|select)[^>]*name="([^"]+)"[^>]*>(?:([^<]*)</textarea>)?')
_VALUE = re.compile(r'value="([^"]*)"')
_SELECTED = re.compile(r'<option value="([^"]+)" selected>')


@pytest.fixture(scope="module")
def admin(server: Server) -> httpx.Client:
    """The session of an admin."""
    return signed_in(server, "admin")


def form_of(admin: httpx.Client, url: str) -> dict[str, str]:
    """The fields of an admin form, as a browser would send them."""
    page = admin.get(url)
    assert page.status_code == 200, page.text[:500]
    html = page.text[page.text.index('<form method="post"') :]
    fields = {}
    for match in _FIELD.finditer(html):
        tag, name, text = match[0], match[1], match[2]
        if 'type="checkbox"' in tag or 'type="submit"' in tag:
            continue
        value = _VALUE.search(tag)
        fields[name] = unescape(text.removeprefix("\n") if text else value[1] if value else "")
    selected = _SELECTED.search(html)
    if selected and "status" in fields:
        fields["status"] = selected[1]
    return fields


def form_url(state: str) -> str:
    """The admin form of the agent behind an API path."""
    return f"/admin/state/agentstate/{state.rsplit('/', 1)[-1]}/change/"


def test_an_edit_is_a_new_version_under_the_users_name(admin: httpx.Client, agent: str) -> None:
    fields = form_of(admin, form_url(agent))
    fields |= {"properties": '{"fixed": [1, "ü"]}', "reason": "by hand"}
    assert admin.post(form_url(agent), data=fields).status_code == 302
    state = admin.get(agent).json()
    assert (state["version"], state["properties"]) == (2, {"fixed": [1, "ü"]})
    newest = admin.get(f"{agent}/history").json()["items"][0]
    assert (newest["actor"], newest["reason"]) == ("admin", "by hand")


def test_a_stale_form_is_refused_and_keeps_what_was_typed(
    admin: httpx.Client, client: httpx.Client, agent: str
) -> None:
    fields = form_of(admin, form_url(agent))
    assert client.patch(agent, json={"properties": {"theirs": 1}}).status_code == 200
    answer = admin.post(form_url(agent), data={**fields, "properties": '{"mine": 1}'})
    assert answer.status_code == 200
    assert "it is at version 2 now" in answer.text
    assert "mine" in answer.text
    assert client.get(agent).json()["properties"] == {"theirs": 1}


def test_an_illegal_transition_is_told_and_can_be_forced(admin: httpx.Client, agent: str) -> None:
    fields = form_of(admin, form_url(agent))
    assert fields["status"] == "Ready"
    answer = admin.post(form_url(agent), data={**fields, "status": "Initializing"})
    assert answer.status_code == 200
    assert "is not legal" in unescape(answer.text)
    forced = {**fields, "status": "Initializing", "force": "on", "reason": "stuck"}
    assert admin.post(form_url(agent), data=forced).status_code == 302
    newest = admin.get(f"{agent}/history").json()["items"][0]
    assert newest["reason"] == "forced Ready → Initializing. stuck"


@pytest.mark.parametrize("text", ["{", '{"a": 1, "a": 2}', '{"a": NaN}', "[]"])
def test_a_wrong_json_field_stores_nothing(admin: httpx.Client, agent: str, text: str) -> None:
    fields = form_of(admin, form_url(agent))
    answer = admin.post(form_url(agent), data={**fields, "properties": text})
    assert answer.status_code == 200
    assert "errorlist" in answer.text
    assert admin.get(agent).json()["version"] == 1


def test_a_locked_state_needs_the_token(
    admin: httpx.Client, client: httpx.Client, agent: str
) -> None:
    wish = {"kind": "agent", "id": agent.rsplit("/", 1)[-1], "owner": "test"}
    lock = client.post("/api/v1/locks", json=wish).json()
    fields = form_of(admin, form_url(agent))
    assert "holds the lock" in admin.post(form_url(agent), data=fields).text
    answer = admin.post(form_url(agent), data={**fields, "lock_token": lock["token"]})
    assert answer.status_code == 302


def test_a_state_is_created(admin: httpx.Client, agent: str) -> None:
    url = "/admin/state/agentstate/add/"
    state_id = f"{agent.rsplit('/', 1)[-1]}-new"
    fields = form_of(admin, url) | {"id": state_id, "agentType": "made", "status": "Ready"}
    assert admin.post(url, data=fields).status_code == 302
    assert admin.get(f"/api/v1/agents/{state_id}").json()["agentType"] == "made"
    again = admin.post(url, data=fields)
    assert "at version 1 now" in again.text


def test_it_lists_and_searches(admin: httpx.Client, agent: str) -> None:
    state_id = agent.rsplit("/", 1)[-1]
    assert state_id in admin.get(f"/admin/state/agentstate/?q={state_id}").text
    for table in ("researchstate", "verificationstate", "changerecord", "apikey"):
        assert admin.get(f"/admin/state/{table}/").status_code == 200


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_an_admin_may_enter(server: Server, role: str) -> None:
    session = signed_in(server, role)
    assert session.get("/admin/").status_code == 302
    assert "state" not in session.get("/admin/").headers["Location"]
