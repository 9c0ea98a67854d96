"""§10 and the Django admin: manual fixes go through the service, as every other write."""

import json
from typing import Any

import httpx
import pytest

from tests.contract.admin_pages import MODELS, Admin, quoted
from tests.contract.bodies import FROM_THE_DATABASE, READY, SMALLEST, fact
from tests.contract.conftest import Create, NewPath
from tests.rig.browser import Pages
from tests.rig.prepare_database import PASSWORD
from tests.rig.server import Server
from tests.rig.waiting import wait_for

Json = dict[str, Any]


@pytest.fixture(scope="session")
def admin(server: Server) -> Admin:
    """The superuser `admin` in the admin of the shared instance."""
    session = Admin(server)
    assert "Log out" in session.front.text
    return session


def id_of(path: str) -> str:
    return path.rsplit("/", 1)[1]


def stored(client: httpx.Client, path: str) -> Json:
    answer = client.get(path, headers=FROM_THE_DATABASE)
    assert answer.status_code == 200, answer.text
    state: Json = answer.json()
    return state


def newest_change(client: httpx.Client, path: str) -> Json:
    change: Json = client.get(f"{path}/history").json()["items"][0]
    return change


# --- Who may enter -------------------------------------------------------------------------------


@pytest.mark.one_place
@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_the_role_admin_may_enter(server: Server, agent: str, role: str) -> None:
    session = Admin(server, role)
    assert "The admin is for the role admin" in session.front.errors
    assert "sessionid" not in session.http.cookies
    # Neither does the session of the dashboard open it.
    page = session.get("/accounts/login/").submit(username=role, password=PASSWORD)
    assert page.status == 200
    assert "sessionid" in session.http.cookies
    assert 'name="password"' in session.get("/admin/").text
    assert 'href="/admin/"' not in session.get("/").text, "though the operator here is staff"
    assert "agentType" not in session.change("agents", id_of(agent)).form


@pytest.mark.one_place
def test_nobody_is_sent_to_the_login(anonymous: httpx.Client) -> None:
    answer = anonymous.get("/admin/state/agentstate/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")


@pytest.mark.one_place
def test_a_write_needs_the_forms_token(admin: Admin, agent: str) -> None:
    page = admin.change("agents", id_of(agent))
    assert page.submit(csrfmiddlewaretoken="wrong", agentType="Other").status == 403


# --- Change --------------------------------------------------------------------------------------


def test_an_edit_is_a_version_with_the_users_name(
    admin: Admin, client: httpx.Client, agent: str
) -> None:
    page = admin.change("agents", id_of(agent))
    assert page.form["version"] == "1"
    done = page.submit(status="Paused", properties='{"note": "ü"}', reason="stuck for an hour")
    assert "was changed successfully" in done.text
    state = stored(client, agent)
    assert (state["version"], state["status"]) == (2, "Paused")
    assert state["properties"] == {"note": "ü"}
    change = newest_change(client, agent)
    assert change["version"] == 2
    assert change["changeType"] == "StatusChanged"
    assert (change["actor"], change["reason"]) == ("admin", "stuck for an hour")


@pytest.mark.one_place
def test_an_edit_reaches_those_who_watch(admin: Admin, client: httpx.Client, agent: str) -> None:
    cursor = client.get("/api/v1/events").json()["cursor"]
    admin.change("agents", id_of(agent)).submit(status="Failed")
    watched = {"after": cursor, "ids": id_of(agent), "wait": "5"}
    [event] = client.get("/api/v1/events", params=watched).json()["events"]
    assert (event["id"], event["version"], event["actor"]) == (id_of(agent), 2, "admin")


@pytest.mark.one_place
def test_a_read_after_an_edit_sees_it(admin: Admin, client: httpx.Client, agent: str) -> None:
    client.get(agent)
    admin.change("agents", id_of(agent)).submit(agentType="Other")
    assert client.get(agent).json()["agentType"] == "Other"


@pytest.mark.one_place
def test_a_stale_form_is_refused(admin: Admin, client: httpx.Client, agent: str) -> None:
    page = admin.change("agents", id_of(agent))
    client.patch(agent, json={"properties": {"by": "the agent"}})
    refused = page.submit(agentType="Overwritten")
    assert refused.status == 200
    assert "made for version 1" in refused.errors
    assert "The current version is 2." in refused.errors
    assert f'href="/admin/state/agentstate/{quoted(id_of(agent))}/change/"' in refused.text
    assert refused.form["agentType"] == "Overwritten"
    assert refused.form["version"] == "1"
    assert stored(client, agent)["properties"] == {"by": "the agent"}
    assert stored(client, agent)["version"] == 2
    assert "made for version 1" in refused.submit().errors


@pytest.mark.one_place
def test_the_form_of_a_deleted_state_is_refused(
    admin: Admin, client: httpx.Client, agent: str
) -> None:
    page = admin.change("agents", id_of(agent))
    client.delete(agent, headers={"If-Match": "*"})
    assert "The state is not there." in page.submit(agentType="Back").errors
    assert client.get(agent).status_code == 404
    assert "it may have been deleted" in admin.change("agents", id_of(agent)).text


@pytest.mark.one_place
def test_a_form_without_its_version_is_refused(
    admin: Admin, client: httpx.Client, agent: str
) -> None:
    page = admin.change("agents", id_of(agent))
    for version in (None, "", "0", "x"):
        assert page.submit(version=version, agentType="Other").errors
    assert stored(client, agent)["version"] == 1


@pytest.mark.one_place
def test_an_illegal_transition_is_an_error_of_its_field(
    admin: Admin, client: httpx.Client, agent: str
) -> None:
    page = admin.change("agents", id_of(agent))
    refused = page.submit(status="Initializing")
    assert "Ready → Initializing is not legal" in refused.errors
    assert stored(client, agent)["version"] == 1


@pytest.mark.one_place
def test_a_transition_can_be_forced(admin: Admin, client: httpx.Client, agent: str) -> None:
    admin.change("agents", id_of(agent)).submit(status="Initializing", force="on", reason="again")
    assert stored(client, agent)["status"] == "Initializing"
    change = newest_change(client, agent)
    assert (change["reason"], change["forced"]) == ("again", True)


@pytest.mark.one_place
def test_a_wrong_field_is_an_error(admin: Admin, client: httpx.Client, agent: str) -> None:
    refused = admin.change("agents", id_of(agent)).submit(properties='{"a": 1, "a": 2}')
    assert refused.status == 200
    assert "same key twice" in refused.errors
    assert refused.form["properties"] == '{"a": 1, "a": 2}'
    assert stored(client, agent)["version"] == 1


@pytest.mark.one_place
def test_a_state_beyond_1_mib_is_refused(admin: Admin, client: httpx.Client, agent: str) -> None:
    text = json.dumps({"big": "x" * 1024 * 1024})
    assert (
        "larger than 1 MiB" in admin.change("agents", id_of(agent)).submit(properties=text).errors
    )
    assert stored(client, agent)["version"] == 1


AWKWARD: dict[str, Json] = {
    "agents": {
        "agentType": " two\nlines ",
        "status": "Ready",
        "properties": {
            "text": "a\r\nb\rc\n",
            "big": 2**64 - 1,
            "small": -(2**63),
            "tiny": 5e-324,
            "float": 1.0,
            "markup": "</textarea><script>alert(1)</script>",
            "emoji": "😀\u2028",
            "": {"nested": [None, True, ""]},
        },
        "activeTaskIds": ["", "task\n1"],
        "performanceMetrics": {"speed": 0.1, "count": 3},
    },
    "research": {
        "query": "\n first\r\nsecond\r ",
        "status": "InProgress",
        "sources": ["https://example.org/?a=1&b=<2>"],
        "currentQualityScore": 0.30000000000000004,
        "iterationCount": 2**64 - 1,
        "startedAt": "2026-01-31T12:00:00.123456789Z",
        "metadata": {"a": {"b": {}}},
    },
    "verifications": {
        "sourceId": "a:b@c.d_e-f",
        "content": "\n\n\ttwo\nlines\x0b ",
        "confidenceScore": 1,
        "isVerified": True,
        "issues": ["&amp;", '"'],
        "verifiedAt": "2026-01-31T12:00:00Z",
        "verifiedBy": "somebody\r\nelse",
    },
}


@pytest.mark.one_place
def test_what_was_left_alone_stays_exactly_as_it_was(
    admin: Admin, client: httpx.Client, new_path: NewPath, kind: str
) -> None:
    path = new_path(kind)
    assert client.put(path, json=AWKWARD[kind]).status_code == 201
    before = stored(client, path)
    done = admin.change(kind, id_of(path)).submit(reason="looked at it")
    assert "was changed successfully" in done.text, done.errors
    after = stored(client, path)
    assert after["version"] == before["version"] + 1
    for name in before.keys() - {"version", "lastUpdated"}:
        assert json.dumps(after[name]) == json.dumps(before[name])


@pytest.mark.one_place
def test_ids_of_every_character_can_be_edited(admin: Admin, client: httpx.Client) -> None:
    state_id = "a.b_c:d@e-f_2E"
    path = f"/api/v1/agents/{state_id}"
    client.put(path, json=READY, headers={"If-None-Match": "*"})
    before = stored(client, path)["version"]
    done = admin.change("agents", state_id).submit(agentType="Named")
    assert "was changed successfully" in done.text
    assert stored(client, path)["version"] == before + 1


@pytest.mark.parametrize("page", ["change", "delete"])
def test_what_is_no_state_leads_back_to_the_list(admin: Admin, page: str) -> None:
    for wrong_id in ("%00", "a%20b", "never-was", "a" * 201, "_2F"):
        answer = admin.get(f"/admin/state/agentstate/{wrong_id}/{page}/")
        assert answer.status == 200
        assert answer.answer.url.path == "/admin/state/agentstate/"
        assert "it may have been deleted" in answer.text


@pytest.mark.one_place
def test_lines_typed_in_a_text_are_stored_as_line_feeds(
    admin: Admin, client: httpx.Client, research: str
) -> None:
    admin.change("research", id_of(research)).submit(query="one\r\ntwo")
    assert stored(client, research)["query"] == "one\ntwo"


# --- Research, verifications ---------------------------------------------------------------------


@pytest.mark.one_place
def test_an_edit_leaves_the_facts_alone(admin: Admin, client: httpx.Client, create: Create) -> None:
    facts = [fact(number, source=f"<source {number}>") for number in range(60)]
    path = create("research", extractedFacts=facts)
    page = admin.change("research", id_of(path))
    assert "fact number 49" in page.text
    assert "fact number 50" not in page.text
    assert "The first 50 of 60 are shown" in page.text
    page.submit(query="another question", status="InProgress", currentQualityScore="0.5")
    state = stored(client, path)
    assert state["query"] == "another question"
    assert state["currentQualityScore"] == 0.5
    assert state["factCount"] == 60
    assert [one["id"] for one in state["extractedFacts"]] == [one["id"] for one in facts]


@pytest.mark.one_place
def test_a_broken_invariant_is_an_error_of_its_field(
    admin: Admin, client: httpx.Client, create: Create
) -> None:
    path = create("research", iterationCount=5)
    refused = admin.change("research", id_of(path)).submit(iterationCount="4")
    assert "never goes down; it was 5 already" in refused.errors
    early = "2001-01-01T00:00:00Z"
    refused = admin.change("research", id_of(path)).submit(completedAt=early)
    assert "is before startedAt" in refused.errors
    assert stored(client, path)["version"] == 1


@pytest.mark.one_place
def test_times_are_the_servers_when_left_empty(
    admin: Admin, client: httpx.Client, create: Create
) -> None:
    path = create("research", status="InProgress")
    started = stored(client, path)["startedAt"]
    admin.change("research", id_of(path)).submit(status="Completed", startedAt="")
    state = stored(client, path)
    assert state["startedAt"] == started
    assert state["completedAt"] == state["lastUpdated"]


@pytest.mark.one_place
def test_a_verified_claim_needs_its_confidence(
    admin: Admin, client: httpx.Client, verification: str
) -> None:
    page = admin.change("verifications", id_of(verification))
    assert "force" not in page.text
    assert "needs a confidenceScore" in page.submit(isVerified="on").errors
    page.submit(isVerified="on", confidenceScore="0.9")
    assert stored(client, verification)["isVerified"] is True


# --- Locks ---------------------------------------------------------------------------------------


@pytest.mark.one_place
def test_a_lock_keeps_the_admin_out_too(admin: Admin, client: httpx.Client, agent: str) -> None:
    kind, state_id = agent.split("/")[-2:]
    wish = {"kind": "agent", "id": state_id, "owner": "worker-7", "ttlSeconds": 60}
    lease = client.post("/api/v1/locks", json=wish).json()
    page = admin.change(kind, state_id)
    assert "Locked by <strong>worker-7</strong>" in page.text
    assert "Somebody holds the lock" in page.submit(reason="let me").errors
    assert "Somebody holds the lock" in admin.delete(kind, state_id).submit().errors
    assert "token is wrong" in page.submit(lock_token="not the token").errors
    assert stored(client, agent)["version"] == 1
    page.submit(lock_token=lease["token"])
    assert stored(client, agent)["version"] == 2
    unlock = {"Lock-Token": lease["token"]}
    assert client.delete(f"/api/v1/locks/{lease['lockId']}", headers=unlock).status_code == 204


# --- Add -----------------------------------------------------------------------------------------


def test_it_creates(admin: Admin, client: httpx.Client, new_path: NewPath, kind: str) -> None:
    path = new_path(kind)
    page = admin.add(kind)
    assert "version" not in page.form
    fields = dict(SMALLEST[kind])
    done = page.submit(id=id_of(path), reason="by hand", **fields)
    assert "was added successfully" in done.text, done.errors
    state = stored(client, path)
    assert state["version"] == 1
    assert state | fields == state
    change = newest_change(client, path)
    assert (change["changeType"], change["actor"], change["reason"]) == (
        "Created",
        "admin",
        "by hand",
    )


@pytest.mark.one_place
def test_it_creates_with_every_field(admin: Admin, client: httpx.Client, new_path: NewPath) -> None:
    path = new_path("research")
    admin.add("research").submit(
        id=id_of(path),
        query="why",
        status="Completed",
        currentQualityScore="0.75",
        iterationCount="3",
        sources='["a", "b"]',
        startedAt="2026-01-31T12:00:00+01:00",
        completedAt="2026-01-31T12:30:00Z",
        metadata='{"team": {"size": 3}}',
    )
    state = stored(client, path)
    assert state["startedAt"] == "2026-01-31T11:00:00.000000Z"
    assert state["completedAt"] == "2026-01-31T12:30:00Z"
    assert (state["currentQualityScore"], state["iterationCount"]) == (0.75, 3)
    assert (state["sources"], state["metadata"]) == (["a", "b"], {"team": {"size": 3}})


@pytest.mark.one_place
def test_it_does_not_create_over_a_state(admin: Admin, client: httpx.Client, agent: str) -> None:
    refused = admin.add("agents").submit(id=id_of(agent), agentType="New", status="Ready")
    assert "there is a state with this id already, at version 1" in refused.errors
    assert stored(client, agent)["version"] == 1


@pytest.mark.one_place
def test_a_deleted_id_goes_on_with_its_versions(
    admin: Admin, client: httpx.Client, agent: str
) -> None:
    client.delete(agent, headers={"If-Match": "*"})
    admin.add("agents").submit(id=id_of(agent), **READY)
    assert stored(client, agent)["version"] == 3


# --- Delete --------------------------------------------------------------------------------------


@pytest.mark.one_place
def test_it_deletes_at_the_version_shown(admin: Admin, client: httpx.Client, agent: str) -> None:
    kind, state_id = agent.split("/")[-2:]
    page = admin.delete(kind, state_id)
    assert page.form["version"] == "1"
    done = page.submit(reason="a duplicate")
    assert "was deleted successfully" in done.text, done.errors
    assert client.get(agent, headers=FROM_THE_DATABASE).status_code == 404
    change = newest_change(client, agent)
    assert (change["changeType"], change["version"]) == ("Deleted", 2)
    assert (change["actor"], change["reason"]) == ("admin", "a duplicate")


@pytest.mark.one_place
def test_it_does_not_delete_what_has_changed(
    admin: Admin, client: httpx.Client, agent: str
) -> None:
    page = admin.delete("agents", id_of(agent))
    client.patch(agent, json={"status": "Processing"})
    refused = page.submit()
    assert "The current version is 2." in refused.errors
    assert stored(client, agent)["version"] == 2


def test_the_list_deletes_only_what_is_as_it_was_shown(
    admin: Admin, client: httpx.Client, create: Create
) -> None:
    paths = [create("agents") for _ in range(3)]
    ids = [id_of(path) for path in paths]
    listed = admin.list("agents")
    chosen = {**listed.form, "action": "delete_states", "_selected_action": ids, "index": "0"}
    question = admin.post(str(listed.answer.url), chosen)
    assert sorted(question.form["shown"]) == sorted(f"1:{state_id}" for state_id in ids)
    client.patch(paths[1], json={"status": "Processing"})
    done = question.submit(reason="clean up")
    assert "Deleted: 2." in done.text
    assert f"Not deleted: {ids[1]}: The current version is 2." in done.text
    assert [client.get(path).status_code for path in paths] == [404, 200, 404]
    change = newest_change(client, paths[0])
    assert (change["changeType"], change["actor"], change["reason"]) == (
        "Deleted",
        "admin",
        "clean up",
    )


@pytest.mark.one_place
def test_djangos_own_deletion_is_not_offered(
    admin: Admin, client: httpx.Client, agent: str
) -> None:
    listed = admin.list("agents")
    assert "delete_selected" not in listed.text
    form = {
        **listed.form,
        "action": "delete_selected",
        "_selected_action": id_of(agent),
        "post": "yes",
    }
    admin.post(str(listed.answer.url), form)
    assert stored(client, agent)["version"] == 1


# --- Lists ---------------------------------------------------------------------------------------


def test_a_list_shows_live_states_and_finds_them_by_id(
    admin: Admin, client: httpx.Client, create: Create
) -> None:
    for kind in MODELS:
        live, gone = create(kind), create(kind)
        client.delete(gone, headers={"If-Match": "*"})
        assert id_of(live) in admin.list(kind, f"?q={id_of(live)[:-2]}").text
        assert ">0 " in admin.list(kind, f"?q={id_of(gone)}").text
        assert id_of(live) in admin.list(kind).text
    by_source = create("verifications", sourceId=id_of(live))
    assert id_of(by_source) in admin.list("verifications", f"?q={id_of(live)}").text


def test_a_list_is_filtered_by_status(admin: Admin, create: Create) -> None:
    paused, ready = create("agents", status="Paused"), create("agents")
    listed = admin.list("agents", "?status=Paused").text
    assert id_of(paused) in listed
    assert id_of(ready) not in listed


def test_a_list_bears_any_query(admin: Admin, agent: str) -> None:
    for query in ("o=1", "o=-5", "o=2", "p=99", "updated_at__gte=x", "nope=1", "q=%00", "q=a+b"):
        assert admin.list("agents", f"?{query}").status == 200


# --- The change log, keys, accounts --------------------------------------------------------------


def test_the_change_log_is_shown_and_cannot_be_changed(
    admin: Admin, client: httpx.Client, agent: str
) -> None:
    client.patch(agent, json={"status": "Paused"}, headers={"Lightning-Reason": "lunch"})
    log = admin.get(f"/admin/state/agentstate/{quoted(id_of(agent))}/history/")
    assert log.answer.url.path == "/admin/state/changerecord/"
    assert "StatusChanged" in log.text
    assert "lunch" in log.text
    for query in ("?kind=agent&since=hour", "?since=week", f"?q={id_of(agent)}"):
        assert id_of(agent) in admin.get(f"/admin/state/changerecord/{query}").text
    assert admin.get("/admin/state/changerecord/add/").status == 403
    seq = client.get(f"{agent}/history").json()["items"][0]["cursor"].split(".")[1]
    page = admin.get(f"/admin/state/changerecord/{seq}/change/")
    assert "&quot;Paused&quot;" in page.text
    assert "reason" not in page.form
    for place in (f"{seq}/change/", f"{seq}/delete/"):
        url = str(admin.http.base_url.join(f"/admin/state/changerecord/{place}"))
        assert admin.post(url, {**page.form, "post": "yes"}).status == 403


@pytest.mark.one_place
def test_a_key_is_shown_once(
    admin: Admin, server: Server, client: httpx.Client, agent: str, new_path: NewPath
) -> None:
    page = admin.get("/admin/state/apikey/add/")
    done = page.submit(name="made-by-hand", role="agent", agent_id=id_of(agent))
    key = done.text.split("<code>")[1].split("</code>")[0]
    assert done.status == 200, "in the answer to the POST"
    assert "no-store" in done.answer.headers["Cache-Control"]
    assert not [one for one in admin.http.cookies.jar if key[:8] in (one.value or "")]
    assert "messages" not in done.answer.headers.get("Set-Cookie", "")
    holder = server.client(key)
    assert holder.patch(agent, json={"status": "Paused"}).status_code == 200
    assert newest_change(client, agent)["actor"] == "made-by-hand"
    assert holder.put(new_path("agents"), json=READY).status_code == 403
    listed = admin.get("/admin/state/apikey/?q=made-by-hand")
    assert key.split(".")[0] in listed.text
    assert key.split(".")[1] not in listed.text


@pytest.mark.one_place
def test_a_revoked_key_is_refused(admin: Admin, server: Server, agent: str) -> None:
    done = admin.get("/admin/state/apikey/add/").submit(name="to-be-revoked", role="viewer")
    key = done.text.split("<code>")[1].split("</code>")[0]
    holder = server.client(key)
    assert holder.get(agent).status_code == 200
    listed = admin.get("/admin/state/apikey/?q=to-be-revoked").text
    place = listed.split("/admin/state/apikey/")[-1].split("/change/")[0]
    page = admin.get(f"/admin/state/apikey/{place}/change/")
    assert "was changed successfully" in page.submit(revoked="on").text
    wait_for(lambda: holder.get(agent).status_code == 401, timeout_seconds=5, what="the revocation")
    assert "revoked" not in admin.get(f"/admin/state/apikey/{place}/change/").form


@pytest.mark.one_place
def test_accounts_stay_and_foreign_keys_go(admin: Admin) -> None:
    front = admin.get("/admin/").text
    assert "/admin/auth/user/" in front
    assert "/admin/auth/group/" in front
    assert "/admin/rest_framework_api_key/" not in front
    assert "Lightning State" in front
    assert 'href="/">Dashboard</a>' in front
    assert 'href="/admin/"' in admin.get("/").text


@pytest.mark.one_place
def test_the_pages_keep_to_the_policy_of_scripts(admin: Admin, agent: str) -> None:
    page = admin.change("agents", id_of(agent))
    assert "default-src 'self'" in page.answer.headers["Content-Security-Policy"]
    for text in (page.text, admin.list("agents").text, admin.get("/admin/").text):
        assert " style=" not in text
        assert " onclick=" not in text
        assert "<script>" not in text


# --- In a browser --------------------------------------------------------------------------------


@pytest.mark.one_place
def test_a_browser_edits_one_field_and_leaves_the_others(
    open_page: Pages, client: httpx.Client, new_path: NewPath, kind: str
) -> None:
    path = new_path(kind)
    client.put(path, json=AWKWARD[kind])
    before = stored(client, path)
    place = f"/admin/state/{MODELS[kind]}/{quoted(id_of(path))}/change/"
    page = open_page(place, role="admin", width=375)
    edited = "verifiedBy" if kind == "verifications" else "status"
    if edited == "status":
        page.select_option("[name=status]", "Failed")
    else:
        page.fill("[name=verifiedBy]", "an operator")
    page.click("[name=_continue]")
    page.wait_for_selector(".messagelist .success")
    after = stored(client, path)
    assert after["version"] == before["version"] + 1
    assert after[edited] in ("Failed", "an operator")
    for name in before.keys() - {edited, "version", "lastUpdated", "completedAt"}:
        assert json.dumps(after[name]) == json.dumps(before[name]), name


@pytest.mark.one_place
def test_a_stale_form_in_a_browser_leads_to_the_state_as_it_is(
    open_page: Pages, client: httpx.Client, agent: str
) -> None:
    page = open_page(f"/admin/state/agentstate/{quoted(id_of(agent))}/change/", role="admin")
    client.patch(agent, json={"agentType": "Newer"})
    page.fill("[name=agentType]", "Mine")
    page.click("[name=_save]")
    page.click("text=Load it as it is now")
    page.wait_for_selector("[name=agentType]")
    assert page.input_value("[name=agentType]") == "Newer"
    assert page.input_value("[name=version]") == "2"
