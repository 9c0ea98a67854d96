"""§5: ``GET /api/v1/{kinds}/{id}/history``: what the log says of every change."""

from typing import Any

import httpx
import pytest

from tests.contract.bodies import READY, fact, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_refused

MEMBERS = {
    "cursor",
    "kind",
    "id",
    "version",
    "changeType",
    "at",
    "actor",
    "reason",
    "oldValues",
    "newValues",
}
SINGULAR = {"agents": "agent", "research": "research", "verifications": "verification"}


def history(client: httpx.Client, path: str, **parameters: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{path}/history", params=parameters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def newest(client: httpx.Client, path: str) -> dict[str, Any]:
    return history(client, path, limit=1)[0]


def test_a_create_is_the_first_change(client: httpx.Client, state: str, kind: str) -> None:
    [event] = history(client, state)
    created = client.get(state).json()
    assert event.keys() == MEMBERS
    assert (event["kind"], event["id"]) == (SINGULAR[kind], state.rpartition("/")[2])
    assert (event["version"], event["changeType"]) == (1, "Created")
    assert (event["actor"], event["reason"]) == ("rig-agent", "")
    assert event["at"].endswith("Z")
    assert event["oldValues"] == {}
    ours = {"version", "lastUpdated", "extractedFacts"}
    expected = {name: value for name, value in created.items() if name not in ours}
    assert event["newValues"].items() >= expected.items()


def test_every_change_is_one_row_newest_first(client: httpx.Client, state: str) -> None:
    for _ in range(4):
        client.patch(state, json={})
    assert [one["version"] for one in history(client, state)] == [5, 4, 3, 2, 1]


def test_a_refused_write_is_no_row(client: httpx.Client, agent: str) -> None:
    client.patch(agent, json={"colour": "red"})
    client.put(agent, json=READY, headers=if_match(9))
    client.put(agent, json=READY)
    assert len(history(client, agent)) == 1


def test_the_values_hold_the_top_level_fields_that_changed(
    client: httpx.Client, create: Create
) -> None:
    path = create("agents", properties={"kept": 1, "changed": 1}, activeTaskIds=["t"])
    client.patch(path, json={"properties": {"changed": 2}, "agentType": "B"})
    event = newest(client, path)
    assert event["oldValues"] == {
        "agentType": "Researcher",
        "properties": {"kept": 1, "changed": 1},
    }
    assert event["newValues"] == {"agentType": "B", "properties": {"kept": 1, "changed": 2}}


def test_a_change_of_nothing_has_no_values(client: httpx.Client, state: str) -> None:
    client.patch(state, json={})
    event = newest(client, state)
    assert (event["changeType"], event["oldValues"], event["newValues"]) == ("Updated", {}, {})


def test_of_facts_only_those_added_or_changed(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1), fact(2), fact(3)])
    changed = [fact(1), fact(2, source="new"), fact(3), fact(4)]
    client.patch(path, json={"extractedFacts": changed})
    event = newest(client, path)
    assert [one["id"] for one in event["newValues"]["extractedFacts"]] == ["f2", "f4"]
    assert [one["id"] for one in event["oldValues"]["extractedFacts"]] == ["f2"]
    assert event["newValues"]["factCount"] == 4


def test_a_delete_keeps_what_was_there(client: httpx.Client, create: Create) -> None:
    path = create("agents", properties={"a": 1})
    client.delete(path, headers=if_match(1))
    event = newest(client, path)
    assert (event["changeType"], event["version"]) == ("Deleted", 2)
    assert event["oldValues"]["properties"] == {"a": 1}
    assert event["newValues"] == {}


# --- The change's type -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "patch", "change_type"),
    [
        ("agents", {"status": "Processing", "agentType": "B"}, "StatusChanged"),
        ("agents", {"status": "Ready"}, "Updated"),
        ("agents", {"properties": {"a": 1}}, "Updated"),
        ("research", {"status": "InProgress", "iterationCount": 1}, "StatusChanged"),
        ("research", {"iterationCount": 1, "sources": ["s"]}, "ProgressUpdated"),
        ("research", {"currentQualityScore": 0.5}, "ProgressUpdated"),
        ("research", {"extractedFacts": [{"content": "c"}]}, "ProgressUpdated"),
        ("research", {"sources": ["s"]}, "Updated"),
        ("verifications", {"confidenceScore": 0.5}, "Updated"),
    ],
    ids=str,
)
def test_it_names_the_type_of_a_change(
    client: httpx.Client, create: Create, kind: str, patch: dict[str, Any], change_type: str
) -> None:
    path = create(kind)
    client.patch(path, json=patch)
    assert newest(client, path)["changeType"] == change_type


def test_appended_facts_are_progress(client: httpx.Client, research: str) -> None:
    client.post(f"{research}/facts", json={"facts": [fact(1)]})
    assert newest(client, research)["changeType"] == "ProgressUpdated"


def test_removed_facts_are_progress(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1)])
    client.patch(path, json={"extractedFacts": []})
    event = newest(client, path)
    assert event["changeType"] == "ProgressUpdated"
    assert (event["oldValues"]["factCount"], event["newValues"]["factCount"]) == (1, 0)


def test_a_restore_is_named_so(client: httpx.Client, operator: httpx.Client, agent: str) -> None:
    client.patch(agent, json={"status": "Paused"})
    operator.post(f"{agent}/restore", json={"version": 1}, headers=if_match(2))
    assert newest(client, agent)["changeType"] == "Restored"


# --- Its order ---------------------------------------------------------------------------------


def test_at_never_decreases(client: httpx.Client, create: Create) -> None:
    paths = [create("agents") for _ in range(3)]
    for number in range(12):
        client.patch(paths[number % 3], json={})
    events = [event for path in paths for event in history(client, path)]
    events.sort(key=lambda event: int(event["cursor"].split(".")[1]))
    moments = [event["at"] for event in events]
    assert moments == sorted(moments)


def test_it_is_still_there_after_a_delete(client: httpx.Client, state: str) -> None:
    client.patch(state, json={})
    client.delete(state, headers=if_match(2))
    types = [one["changeType"] for one in history(client, state)]
    assert types == ["Deleted", "Updated", "Created"]


def test_it_goes_on_after_a_recreation(client: httpx.Client, agent: str) -> None:
    client.delete(agent, headers=if_match(1))
    client.put(agent, json=READY)
    rows = [(one["version"], one["changeType"]) for one in history(client, agent)]
    assert rows == [(3, "Created"), (2, "Deleted"), (1, "Created")]


# --- Paging ------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 3, 7, 8])
def test_it_pages_with_next(client: httpx.Client, agent: str, limit: int) -> None:
    for _ in range(6):
        client.patch(agent, json={})
    found: list[int] = []
    parameters: dict[str, Any] = {"limit": limit}
    while True:
        page = client.get(f"{agent}/history", params=parameters).json()
        assert len(page["items"]) <= limit
        found += [one["version"] for one in page["items"]]
        if page["next"] is None:
            break
        parameters["before"] = page["next"]
    assert found == [7, 6, 5, 4, 3, 2, 1]


def test_large_changes_come_in_shorter_pages(client: httpx.Client, agent: str) -> None:
    for number in range(10):
        client.patch(agent, json={"properties": {"pad": str(number) * 300_000}})
    found: list[int] = []
    parameters: dict[str, Any] = {"limit": 50}
    while parameters.get("before", 1):
        page = client.get(f"{agent}/history", params=parameters).json()
        assert len(page["items"]) < 5
        found += [one["version"] for one in page["items"]]
        parameters["before"] = page["next"]
    assert found == list(range(11, 0, -1))


def test_before_names_a_version(client: httpx.Client, agent: str) -> None:
    for _ in range(4):
        client.patch(agent, json={})
    assert [one["version"] for one in history(client, agent, before=3)] == [2, 1]


@pytest.mark.parametrize("query", ["", "?before=5"])
def test_what_never_was_is_404(
    client: httpx.Client, new_path: NewPath, kind: str, query: str
) -> None:
    assert_refused(client.get(f"{new_path(kind)}/history{query}"), 404, "not_found")


@pytest.mark.parametrize("state_id", ["%00", "a%00b", "not%20an%20id"])
@pytest.mark.parametrize("view", ["history", "history?before=5", "diff?from=1&to=2", "facts"])
def test_what_cannot_be_an_id_is_404(client: httpx.Client, state_id: str, view: str) -> None:
    assert_refused(client.get(f"/api/v1/research/{state_id}/{view}"), 404, "not_found")


def test_before_the_first_version_there_is_nothing(client: httpx.Client, state: str) -> None:
    assert history(client, state, before=1) == []


@pytest.mark.parametrize("parameters", [{"limit": "0"}, {"limit": "x"}, {"before": "x"}], ids=str)
def test_a_bad_page_is_400(client: httpx.Client, agent: str, parameters: dict[str, str]) -> None:
    assert client.get(f"{agent}/history", params=parameters).status_code == 400
