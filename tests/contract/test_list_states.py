"""§2: ``GET /api/v1/{kinds}``: filters, ordering, what an item holds."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.bodies import ID_FIELDS, SMALLEST, fact, if_match
from tests.contract.conftest import Create
from tests.contract.refusals import assert_refused
from tests.contract.watching import events_after


def listed(client: httpx.Client, kind: str, **parameters: Any) -> list[str]:
    """The ids of every item, page by page."""
    ids: list[str] = []
    while True:
        answer = client.get(f"/api/v1/{kind}", params=parameters)
        assert answer.status_code == 200, answer.text
        ids += [item[ID_FIELDS[kind]] for item in answer.json()["items"]]
        if answer.json()["next"] is None:
            return ids
        parameters["page"] = answer.json()["next"]


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


@pytest.fixture
def group(new_id: Callable[[str], str]) -> str:
    """An agent type, or the source of verifications, that only this test uses."""
    return new_id("group")


# --- What a list holds -------------------------------------------------------------------------


def test_it_answers_items_next_and_cursor(client: httpx.Client, state: str, kind: str) -> None:
    answer = client.get(f"/api/v1/{kind}").json()
    assert answer.keys() == {"items", "next", "cursor"}
    assert isinstance(answer["cursor"], str)


def test_an_item_is_the_state(client: httpx.Client, create: Create, group: str) -> None:
    path = create("agents", agentType=group, properties={"a": [1]})
    [item] = client.get("/api/v1/agents", params={"agentType": group}).json()["items"]
    assert item == client.get(path).json()


def test_research_items_carry_the_count_but_not_the_facts(
    client: httpx.Client, create: Create, group: str
) -> None:
    create("research", query=group, extractedFacts=[fact(1), fact(2)])
    [item] = client.get("/api/v1/research", params={"q": group}).json()["items"]
    assert item["factCount"] == 2
    assert "extractedFacts" not in item


# --- Filters -----------------------------------------------------------------------------------


def test_it_filters_agents_by_status(client: httpx.Client, create: Create, group: str) -> None:
    paused = create("agents", agentType=group, status="Paused")
    create("agents", agentType=group, status="Ready")
    assert listed(client, "agents", agentType=group, status="Paused") == [id_of(paused)]


def test_it_filters_research_by_status(client: httpx.Client, create: Create, group: str) -> None:
    failed = create("research", query=group, status="Failed")
    create("research", query=group)
    assert listed(client, "research", q=group, status="Failed") == [id_of(failed)]


def test_a_filter_follows_a_change(client: httpx.Client, create: Create, group: str) -> None:
    path = create("agents", agentType=group)
    client.patch(path, json={"status": "Paused"})
    assert listed(client, "agents", agentType=group, status="Ready") == []
    assert listed(client, "agents", agentType=group, status="Paused") == [id_of(path)]


def test_it_filters_by_agent_type(client: httpx.Client, create: Create, group: str) -> None:
    path = create("agents", agentType=group)
    create("agents", agentType=group + "x")
    assert listed(client, "agents", agentType=group) == [id_of(path)]


def test_it_filters_by_source_id(client: httpx.Client, create: Create, group: str) -> None:
    path = create("verifications", sourceId=group)
    create("verifications", sourceId=group + "x")
    assert listed(client, "verifications", sourceId=group) == [id_of(path)]


def test_it_filters_by_verified(client: httpx.Client, create: Create, group: str) -> None:
    yes = create("verifications", sourceId=group, isVerified=True, confidenceScore=0.9)
    no = create("verifications", sourceId=group, isVerified=False, confidenceScore=0.9)
    assert listed(client, "verifications", sourceId=group, verified="true") == [id_of(yes)]
    assert listed(client, "verifications", sourceId=group, verified="false") == [id_of(no)]


def test_it_filters_by_minimum_confidence(client: httpx.Client, create: Create, group: str) -> None:
    paths = [
        create("verifications", sourceId=group, confidenceScore=score)
        for score in (0.49, 0.5, 0.51)
    ]
    found = listed(client, "verifications", sourceId=group, minConfidence="0.5")
    assert set(found) == {id_of(path) for path in paths[1:]}


@pytest.mark.parametrize(
    ("kind", "field"),
    [("agents", "agentType"), ("research", "query"), ("verifications", "content")],
)
def test_q_finds_a_text_whatever_its_case(
    client: httpx.Client, create: Create, group: str, kind: str, field: str
) -> None:
    path = create(kind, **{field: f"Before {group} after"})
    create(kind)
    assert listed(client, kind, q=group.upper()) == [id_of(path)]


def test_q_finds_an_id(client: httpx.Client, state: str, kind: str) -> None:
    assert listed(client, kind, q=id_of(state)) == [id_of(state)]


def test_q_finds_values_and_not_the_names_of_fields(
    client: httpx.Client, create: Create, group: str
) -> None:
    held = {"inner": [{"key" + group: "held" + group}], "count": 4711, "flag": True}
    path = create("agents", agentType=group, properties=held)
    ofgroup = {"agentType": group}
    assert listed(client, "agents", q="held" + group) == [id_of(path)]
    assert listed(client, "agents", q="4711", **ofgroup) == [id_of(path)]
    for name in ("key" + group, "version", "agentType", "properties", "flag", '":'):
        assert listed(client, "agents", q=name, **ofgroup) == []


@pytest.mark.parametrize(
    "text",
    [
        "100%",
        "a_c",
        "Größe",
        "back\\slash",
        'say "hi"',
    ],
)
def test_q_takes_every_character_literally(
    client: httpx.Client, create: Create, group: str, text: str
) -> None:
    path = create("research", query=f"{group} {text}")
    create("research", query=f"{group} 100x abc backslash Grösse say hi")
    assert listed(client, "research", q=f"{group} {text}") == [id_of(path)]


def test_it_filters_by_updated_since(client: httpx.Client, create: Create, group: str) -> None:
    paths = [create("agents", agentType=group) for _ in range(3)]
    client.patch(paths[0], json={})
    since = client.get(paths[2]).json()["lastUpdated"]
    found = listed(client, "agents", agentType=group, updatedSince=since)
    assert set(found) == {id_of(paths[0]), id_of(paths[2])}


def test_updated_since_understands_an_offset(
    client: httpx.Client, create: Create, group: str
) -> None:
    path = create("agents", agentType=group)
    early, late = "1999-01-01T00:00:00+02:00", "2999-01-01T00:00:00+02:00"
    assert listed(client, "agents", agentType=group, updatedSince=early) == [id_of(path)]
    assert listed(client, "agents", agentType=group, updatedSince=late) == []


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("agents", {"colour": "red"}),
        ("agents", {"sourceId": "s"}),
        ("agents", {"verified": "true"}),
        ("research", {"agentType": "A"}),
        ("research", {"minConfidence": "0.5"}),
        ("verifications", {"status": "Verified"}),
        ("verifications", {"agentType": "A"}),
        ("agents", {"ordering": "status"}),
        ("agents", {"ordering": "--id"}),
        ("agents", {"ordering": "ID"}),
        ("agents", {"status": "Sleeping"}),
        ("research", {"status": "Paused"}),
        ("verifications", {"verified": "maybe"}),
        ("verifications", {"minConfidence": "high"}),
        ("verifications", {"minConfidence": "NaN"}),
        ("verifications", {"minConfidence": "1.5"}),
        ("agents", {"updatedSince": "yesterday"}),
        ("agents", {"limit": "0"}),
        ("agents", {"limit": "501"}),
        ("agents", {"limit": "-1"}),
        ("agents", {"limit": "ten"}),
        ("agents", {"q": "a\x00b"}),
        ("agents", {"include": "everything"}),
        ("research", {"include": "lastSeen"}),
    ],
    ids=str,
)
def test_what_is_not_known_is_400(
    client: httpx.Client, kind: str, parameters: dict[str, str]
) -> None:
    assert_refused(client.get(f"/api/v1/{kind}", params=parameters), 400, "bad_filter")


def test_a_q_of_1000_characters_is_fine_and_a_longer_one_is_not(
    client: httpx.Client, create: Create, group: str
) -> None:
    text = group.ljust(1000, '"')
    path = create("research", query=text)
    assert listed(client, "research", q=text) == [id_of(path)]
    answer = client.get("/api/v1/research", params={"q": text + "x"})
    assert_refused(answer, 400, "bad_filter")


def test_a_limit_of_many_digits_is_400(client: httpx.Client) -> None:
    answer = client.get("/api/v1/agents", params={"limit": "1" * 5000})
    assert_refused(answer, 400, "bad_filter")


# --- Ordering ----------------------------------------------------------------------------------


def test_it_orders_by_id_by_default(client: httpx.Client, create: Create, group: str) -> None:
    ids = [id_of(create("agents", agentType=group)) for _ in range(6)]
    assert listed(client, "agents", agentType=group) == sorted(ids)
    assert listed(client, "agents", agentType=group, ordering="id") == sorted(ids)


def test_ids_are_ordered_byte_by_byte(
    client: httpx.Client, new_id: Callable[[str], str], group: str
) -> None:
    tails = ["Z", "a", "B", "_", "-", ".", "10", "9", ":", "@"]
    start = new_id("order")
    for tail in tails:
        body = {**SMALLEST["agents"], "agentType": group}
        client.put(f"/api/v1/agents/{start}{tail}", json=body)
    found = listed(client, "agents", agentType=group, limit=3)
    assert found == sorted(start + tail for tail in tails)


@pytest.mark.parametrize("ordering", ["id", "createdAt", "lastUpdated"])
@pytest.mark.parametrize("limit", [2, 500])
def test_it_orders_both_ways(
    client: httpx.Client, create: Create, group: str, ordering: str, limit: int
) -> None:
    created = [create("agents", agentType=group) for _ in range(5)]
    for path in (created[3], created[1]):
        client.patch(path, json={})
    expected = {
        "id": sorted(created),
        "createdAt": created,
        "lastUpdated": [created[0], created[2], created[4], created[3], created[1]],
    }[ordering]
    ids = [id_of(path) for path in expected]
    assert listed(client, "agents", agentType=group, ordering=ordering, limit=limit) == ids
    descending = listed(client, "agents", agentType=group, ordering=f"-{ordering}", limit=limit)
    assert descending == ids[::-1]


@pytest.mark.parametrize("ordering", ["createdAt", "-createdAt", "lastUpdated", "-lastUpdated"])
def test_ties_are_ordered_by_id(
    client: httpx.Client, new_id: Callable[[str], str], group: str, ordering: str
) -> None:
    ids = [new_id("tie") for _ in range(5)]
    body = {**SMALLEST["agents"], "agentType": group}
    items = [{"id": one, "state": body} for one in ids]
    client.post("/api/v1/agents/batch-set", json={"items": items})
    states = client.get("/api/v1/agents", params={"agentType": group}).json()["items"]
    assert len({state["createdAt"] for state in states}) == 1
    found = listed(client, "agents", agentType=group, ordering=ordering, limit=2)
    assert found == sorted(ids, reverse=ordering.startswith("-"))


# --- The cursor --------------------------------------------------------------------------------


def test_list_then_watch_has_no_gap(client: httpx.Client, create: Create, group: str) -> None:
    known = create("agents", agentType=group)
    page = client.get("/api/v1/agents", params={"agentType": group}).json()
    later = create("agents", agentType=group)
    client.patch(known, json={})
    ids = f"{id_of(known)},{id_of(later)}"
    events = events_after(client, page["cursor"], 2, ids=ids)
    assert [(one["id"], one["version"]) for one in events] == [(id_of(later), 1), (id_of(known), 2)]


def test_a_list_shows_a_write_at_once(client: httpx.Client, create: Create, group: str) -> None:
    path = create("agents", agentType=group)
    for number in range(5):
        client.patch(path, json={"properties": {"n": number}})
        [item] = client.get("/api/v1/agents", params={"agentType": group}).json()["items"]
        assert item["properties"]["n"] == number
    client.delete(path, headers=if_match(6))
    assert listed(client, "agents", agentType=group) == []
