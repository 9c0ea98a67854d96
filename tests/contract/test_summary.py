"""§2: ``GET /api/v1/summary``: exact counts."""

from typing import Any

import httpx
import pytest

from tests.contract.bodies import if_match
from tests.contract.conftest import Create
from tests.contract.watching import events_after

GROUPS = {
    "agents": {"Initializing", "Ready", "Processing", "Paused", "Completed", "Failed"},
    "research": {"Pending", "InProgress", "Verifying", "Completed", "Failed"},
    "verifications": {"Verified", "Unverified"},
}


def counts(client: httpx.Client, kind: str) -> dict[str, int]:
    """The counts of a kind, with its total."""
    report: dict[str, Any] = client.get("/api/v1/summary").json()[kind]
    return {"total": report["total"], **report["byStatus"]}


def growth(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def test_it_names_every_status_of_every_kind(client: httpx.Client) -> None:
    summary = client.get("/api/v1/summary").json()
    assert summary.keys() == {"agents", "research", "verifications", "cursor"}
    for kind, groups in GROUPS.items():
        assert summary[kind]["byStatus"].keys() == groups
        assert summary[kind]["total"] == sum(summary[kind]["byStatus"].values())


def test_a_create_counts(client: httpx.Client, create: Create) -> None:
    before = counts(client, "agents")
    create("agents", status="Paused")
    assert growth(before, counts(client, "agents")) == {"total": 1, "Paused": 1}


def test_a_change_of_status_moves_the_count(client: httpx.Client, create: Create) -> None:
    path = create("research")
    before = counts(client, "research")
    client.patch(path, json={"status": "InProgress"})
    assert growth(before, counts(client, "research")) == {"Pending": -1, "InProgress": 1}


def test_another_change_moves_nothing(client: httpx.Client, state: str, kind: str) -> None:
    before = counts(client, kind)
    client.patch(state, json={})
    assert growth(before, counts(client, kind)) == {}


def test_a_delete_counts(client: httpx.Client, state: str, kind: str) -> None:
    before = counts(client, kind)
    client.delete(state, headers=if_match(1))
    moved = growth(before, counts(client, kind))
    assert moved.pop("total") == -1
    assert list(moved.values()) == [-1]


def test_a_refused_write_counts_nothing(client: httpx.Client, state: str, kind: str) -> None:
    before = counts(client, kind)
    client.delete(state, headers=if_match(9))
    client.put(state, json={}, headers={"If-None-Match": "*"})
    assert growth(before, counts(client, kind)) == {}


def test_verifications_count_by_their_outcome(client: httpx.Client, create: Create) -> None:
    before = counts(client, "verifications")
    path = create("verifications", isVerified=True, confidenceScore=0.9)
    create("verifications")
    after = counts(client, "verifications")
    assert growth(before, after) == {"total": 2, "Verified": 1, "Unverified": 1}
    client.patch(path, json={"isVerified": False})
    assert growth(after, counts(client, "verifications")) == {"Verified": -1, "Unverified": 1}


def test_a_rejected_batch_counts_nothing(client: httpx.Client, create: Create) -> None:
    ids = [create("agents").rpartition("/")[2] for _ in range(2)]
    before = counts(client, "agents")
    items = [{"id": ids[0], "delete": True, "ifMatch": 1}, {"id": ids[1], "delete": True}]
    answer = client.post("/api/v1/agents/batch-set", json={"items": items, "atomic": True})
    assert answer.status_code == 409
    assert growth(before, counts(client, "agents")) == {}


@pytest.mark.parametrize("kind", GROUPS)
def test_it_equals_what_the_lists_hold(client: httpx.Client, kind: str) -> None:
    states: list[dict[str, Any]] = []
    parameters: dict[str, Any] = {"limit": 500}
    while True:
        page = client.get(f"/api/v1/{kind}", params=parameters).json()
        states += page["items"]
        if page["next"] is None:
            break
        parameters["page"] = page["next"]
    found: dict[str, int] = {}
    for state in states:
        verified = "Verified" if state.get("isVerified") else "Unverified"
        group = verified if kind == "verifications" else state["status"]
        found[group] = found.get(group, 0) + 1
    reported = {name: number for name, number in counts(client, kind).items() if number}
    assert reported == ({"total": len(states), **found} if states else {})


def test_watching_from_its_cursor_has_no_gap(client: httpx.Client, create: Create) -> None:
    cursor = client.get("/api/v1/summary").json()["cursor"]
    path = create("agents")
    events = events_after(client, cursor, 1)
    assert [one["id"] for one in events] == [path.rpartition("/")[2]]
