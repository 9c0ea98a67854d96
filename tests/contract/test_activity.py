"""The activity's exports and news: what the log is searched for, over HTTP (§5, §13)."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.bodies import READY
from tests.contract.sessions import signed_in
from tests.rig.backends import Backend
from tests.rig.server import Server

Body = dict[str, Any]
NewId = Callable[[str], str]


@pytest.fixture(scope="module")
def viewer(server: Server) -> httpx.Client:
    return signed_in(server, "viewer")


def found(viewer: httpx.Client, **filters: str) -> list[Body]:
    answer = viewer.get("/activity/export.json", params=filters)
    assert answer.status_code == 200, answer.text
    events: list[Body] = answer.json()
    return events


def cursor(client: httpx.Client) -> str:
    return str(client.get("/api/v1/events").json()["cursor"])


@pytest.fixture
def changes(server: Server, new_id: NewId) -> list[Body]:
    """Ten changes of two states, by two actors: the log's newest, oldest first."""
    agent, operator = server.client_as("agent"), server.client_as("operator")
    start = cursor(agent)
    agent_path = f"/api/v1/agents/{new_id('agent')}"
    check_path = f"/api/v1/verifications/{new_id('check')}"
    reason = {"Lightning-Reason": "at 50% Of the way"}
    agent.put(agent_path, json=READY)
    agent.put(check_path, json={"sourceId": "s", "content": "c"})
    for number in range(3):
        agent.patch(agent_path, json={"performanceMetrics": {"step": number}})
    agent.patch(agent_path, json={"status": "Processing"}, headers=reason)
    force = {"force": "true"}
    operator.patch(agent_path, json={"status": "Initializing"}, params=force, headers=reason)
    operator.patch(check_path, json={"issues": ["why"]})
    operator.delete(agent_path, headers={"If-Match": "*"})
    operator.post(
        f"{agent_path}/restore", json={"version": 1}, headers={"If-None-Match": "*"}
    ).raise_for_status()
    events: list[Body] = agent.get("/api/v1/events", params={"after": start}).json()["events"]
    assert len(events) == 10
    return events


def test_each_filter_finds_what_the_log_holds_newest_first(
    viewer: httpx.Client, changes: list[Body]
) -> None:
    newest_first = changes[::-1]
    agent_id, start, end = changes[0]["id"], changes[0]["at"], changes[-1]["at"]
    this_time = {"since": start, "until": end}

    def wanted(**fields: Any) -> list[Body]:
        return [each for each in newest_first if fields.items() <= each.items()]

    assert found(viewer, **this_time) == newest_first
    assert found(viewer, id=agent_id) == wanted(id=agent_id)
    assert found(viewer, id=agent_id, kind="agent") == wanted(id=agent_id)
    assert found(viewer, id=agent_id, kind="research") == []
    assert found(viewer, kind="verification", **this_time) == wanted(kind="verification")
    assert found(viewer, actor="rig-operator", **this_time) == wanted(actor="rig-operator")
    for change_type in ("Created", "StatusChanged", "Updated", "Deleted", "Restored"):
        some = found(viewer, changeType=change_type, **this_time)
        assert some == wanted(changeType=change_type) != [], change_type
    for field in ("status", "issues", "performanceMetrics"):
        some = found(viewer, field=field, **this_time)
        named = [
            each
            for each in newest_first
            if field in each["oldValues"] or field in each["newValues"]
        ]
        assert some == named != [], field
    assert found(viewer, reason="50% of", **this_time) == wanted(reason="at 50% Of the way")
    assert found(viewer, reason="50_ of", **this_time) == []
    assert found(viewer, forced="true", **this_time) == wanted(forced=True) != []
    middle = changes[4]
    assert found(viewer, since=middle["at"], until=end) == newest_first[:6]
    assert found(viewer, since=start, until=middle["at"]) == newest_first[5:]
    assert found(viewer, until="2020-01-01T00:00") == []


def test_a_search_goes_on_where_a_page_has_looked_enough(
    backend: Backend, changes: list[Body]
) -> None:
    told = backend.manage(
        "shell",
        "--no-imports",
        "-c",
        "from dataclasses import replace\n"
        "from state.changelog.change_query import ChangeQuery\n"
        "from state.changelog.search import find_changes\n"
        "query, seen = ChangeQuery(actor='rig-operator', field='status'), []\n"
        "for look in range(3):\n"
        "    page = find_changes(query, looked_at=3)\n"
        "    seen += [event.cursor for event in page.events]\n"
        "    query = replace(query, before=page.next_before)\n"
        "print(' '.join(seen))",
    )
    expected = [  # three looks at three changes each
        each["cursor"]
        for each in changes[:0:-1]
        if each["actor"] == "rig-operator" and "status" in each["oldValues"] | each["newValues"]
    ]
    assert told.split() == expected


@pytest.mark.one_place
def test_the_csv_is_the_same_for_a_spreadsheet(viewer: httpx.Client, changes: list[Body]) -> None:
    answer = viewer.get("/activity/export.csv", params={"id": changes[0]["id"]})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="activity.csv"'
    assert "Content-Length" not in answer.headers, "it is streamed"
    read = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    expected = [each for each in changes[::-1] if each["id"] == changes[0]["id"]]
    assert [row["cursor"] for row in read] == [each["cursor"] for each in expected]
    assert [json.loads(row["newValues"]) for row in read] == [e["newValues"] for e in expected]
    assert {row["forced"] for row in read} == {"true", "false"}


def test_news_are_counted_with_the_filters(
    viewer: httpx.Client, client: httpx.Client, changes: list[Body]
) -> None:
    def news(**filters: str) -> Body:
        return dict(viewer.get("/activity/news", params=filters).json())

    after = changes[0]["cursor"]
    assert news(after=after, id=changes[0]["id"]) == {"count": 7, "text": "7 new"}
    assert news(after=after, id=changes[0]["id"], changeType="Deleted")["count"] == 1
    assert news(after=cursor(client), id=changes[0]["id"])["count"] == 0
    assert viewer.get("/activity/news", params={"after": "nonsense"}).status_code == 400


@pytest.mark.one_place
def test_it_is_for_who_is_signed_in_and_refuses_what_it_does_not_know(
    server: Server, viewer: httpx.Client
) -> None:
    with server.client() as nobody:
        for path in ("", "news", "export.csv", "export.json"):
            answer = nobody.get(f"/activity/{path}")
            assert answer.is_redirect, path
            assert "/accounts/login/" in answer.headers["Location"]
    for path in ("", "news", "export.csv", "export.json"):
        assert viewer.get(f"/activity/{path}", params={"colour": "red"}).status_code == 400, path
