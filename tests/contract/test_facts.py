"""§2: ``/api/v1/research/{id}/facts``."""

import httpx
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, fact, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_invalid, assert_refused
from tests.contract.tokens import token_of


def test_it_appends(client: httpx.Client, research: str) -> None:
    answer = client.post(f"{research}/facts", json={"facts": [fact(1), fact(2)]})
    assert answer.status_code == 200
    assert answer.json() == {"version": 2, "added": 2, "updated": 0, "factCount": 2}
    assert answer.headers["ETag"] == '"2"'
    read = client.get(research).json()
    assert [one["id"] for one in read["extractedFacts"]] == ["f1", "f2"]
    assert (read["version"], read["factCount"]) == (2, 2)


def test_it_updates_by_id(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1), fact(2)])
    facts = [fact(1, confidenceScore=0.5), fact(3)]
    answer = client.post(f"{path}/facts", json={"facts": facts}).json()
    assert answer == {"version": 2, "added": 1, "updated": 1, "factCount": 3}
    read = client.get(path, headers=FROM_THE_DATABASE).json()["extractedFacts"]
    assert [one["id"] for one in read] == ["f1", "f2", "f3"]
    assert read[0]["confidenceScore"] == 0.5


def test_an_append_that_changes_nothing_makes_no_version(
    client: httpx.Client, create: Create
) -> None:
    path = create("research", extractedFacts=[fact(1)])
    for facts in ([fact(1)], []):
        answer = client.post(f"{path}/facts", json={"facts": facts}).json()
        assert answer == {"version": 1, "added": 0, "updated": 0, "factCount": 1}
    assert len(client.get(f"{path}/history").json()["items"]) == 1


def test_an_update_without_extracted_at_keeps_it(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1, extractedAt="2024-01-01T00:00:00Z")])
    client.post(f"{path}/facts", json={"facts": [fact(1, isVerified=False, source="s")]})
    [read] = client.get(path).json()["extractedFacts"]
    assert (read["extractedAt"], read["source"]) == ("2024-01-01T00:00:00Z", "s")


def test_it_is_atomic(client: httpx.Client, research: str) -> None:
    answer = client.post(f"{research}/facts", json={"facts": [fact(1), {"id": "f2"}]})
    assert_invalid(answer, "facts[1]")
    read = client.get(research).json()
    assert (read["version"], read["factCount"]) == (1, 0)


@pytest.mark.parametrize("body", [{}, {"facts": {}}, {"facts": None}, {"facts": [], "more": 1}, []])
def test_it_refuses_another_body(client: httpx.Client, research: str, body: object) -> None:
    assert_refused(client.post(f"{research}/facts", json=body), 422, "invalid")


def test_it_is_404_when_there_is_none(client: httpx.Client, new_path: NewPath) -> None:
    answer = client.post(f"{new_path('research')}/facts", json={"facts": [fact(1)]})
    assert_refused(answer, 404, "not_found")


def test_a_stale_if_match_is_refused(client: httpx.Client, research: str) -> None:
    client.patch(research, json={})
    answer = client.post(f"{research}/facts", json={"facts": [fact(1)]}, headers=if_match(1))
    assert_refused(answer, 412, "version_conflict", currentVersion=2)


def test_only_research_has_facts(client: httpx.Client, agent: str) -> None:
    assert_refused(client.get(f"{agent}/facts"), 404, "not_found")


# --- Reading -----------------------------------------------------------------------------------


def test_it_pages_in_order(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(number) for number in range(7)])
    ids, sizes, page = [], [], None
    while True:
        answer = client.get(
            f"{path}/facts", params={"limit": 3} | ({"page": page} if page else {})
        ).json()
        ids += [one["id"] for one in answer["items"]]
        sizes.append(len(answer["items"]))
        page = answer["next"]
        if page is None:
            break
    assert ids == [f"f{number}" for number in range(7)]
    assert sizes == [3, 3, 1]


def test_a_last_full_page_has_no_next(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1), fact(2)])
    assert client.get(f"{path}/facts", params={"limit": 2}).json()["next"] is None


def test_facts_appended_while_paging_are_reached(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1), fact(2), fact(3)])
    first = client.get(f"{path}/facts", params={"limit": 2}).json()
    client.post(f"{path}/facts", json={"facts": [fact(4), fact(1, source="changed")]})
    rest = client.get(f"{path}/facts", params={"limit": 9, "page": first["next"]}).json()
    assert [one["id"] for one in rest["items"]] == ["f3", "f4"]


def test_a_page_token_belongs_to_its_research(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1), fact(2)])
    token = client.get(f"{path}/facts", params={"limit": 1}).json()["next"]
    other = create("research", extractedFacts=[fact(1)])
    answer = client.get(f"{other}/facts", params={"page": token})
    assert_refused(answer, 400, "bad_page")


@pytest.mark.parametrize("token", ["x", "%%%", "WyJhIl0", "AAAA"])
def test_a_page_token_nobody_handed_out_is_400(
    client: httpx.Client, research: str, token: str
) -> None:
    answer = client.get(f"{research}/facts", params={"page": token})
    assert_refused(answer, 400, "bad_page")


@pytest.mark.parametrize("position", ["²", "9223372036854775808", "-1", "", "1.0"])
def test_a_forged_position_is_400(client: httpx.Client, research: str, position: str) -> None:
    token = token_of(["facts", research.rpartition("/")[2], position])
    answer = client.get(f"{research}/facts", params={"page": token})
    assert_refused(answer, 400, "bad_page")


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5"])
def test_a_bad_limit_is_400(client: httpx.Client, research: str, limit: str) -> None:
    assert client.get(f"{research}/facts", params={"limit": limit}).status_code == 400


def test_the_facts_of_nothing_are_404(client: httpx.Client, new_path: NewPath) -> None:
    assert_refused(client.get(f"{new_path('research')}/facts"), 404, "not_found")


def test_appends_to_many_facts_stay_fast(client: httpx.Client, create: Create) -> None:
    """The log and the answer name what changed, however many facts are there."""
    path = create("research")
    for start in range(0, 6000, 2000):
        facts = [{"id": f"f{number}", "content": "c"} for number in range(start, start + 2000)]
        client.post(f"{path}/facts", json={"facts": facts})
    answer = client.post(f"{path}/facts", json={"facts": [fact(9999)]}).json()
    assert answer == {"version": 5, "added": 1, "updated": 0, "factCount": 6001}
    newest = client.get(f"{path}/history", params={"limit": 1}).json()["items"][0]
    assert [one["id"] for one in newest["newValues"]["extractedFacts"]] == ["f9999"]


# --- Pages, and research without them ----------------------------------------------------------


def pages_of(client: httpx.Client, path: str, **asked: str) -> list[str]:
    """The ids on all pages of a research's facts."""
    found: list[str] = []
    while True:
        answer = client.get(f"{path}/facts", params=asked)
        assert answer.status_code == 200, answer.text
        found += [one["id"] for one in answer.json()["items"]]
        if not answer.json()["next"]:
            return found
        asked["page"] = answer.json()["next"]


def test_facts_come_in_order_or_newest_first(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(n) for n in range(5)])
    client.post(f"{path}/facts", json={"facts": [fact(1, content="changed"), fact(5)]})
    in_order = [f"f{n}" for n in range(6)]
    for ordering in ("", "position"):
        assert pages_of(client, path, limit="2", ordering=ordering) == in_order
    for ordering in ("-", "-position"):
        assert pages_of(client, path, limit="2", ordering=ordering) == in_order[::-1]
        assert pages_of(client, path, limit="6", ordering=ordering) == in_order[::-1]


def test_a_page_of_facts_belongs_to_its_ordering(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(n) for n in range(3)])
    page = client.get(f"{path}/facts", params={"limit": "1"}).json()["next"]
    answer = client.get(f"{path}/facts", params={"page": page, "ordering": "-"})
    assert_refused(answer, 400, "bad_page")
    answer = client.get(f"{path}/facts", params={"ordering": "id"})
    assert_refused(answer, 400, "bad_filter")


def test_a_research_is_read_without_its_facts(client: httpx.Client, create: Create) -> None:
    held = {"extractedFacts": [{"nested": True}], "text": ',"extractedFacts":['}
    path = create("research", metadata=held, extractedFacts=[fact(1, content=held["text"])])
    client.patch(path, json={"extractedFacts": []})
    client.post(f"{path}/facts", json={"facts": [fact(1), fact(2)]})
    whole = client.get(path).json()
    del whole["extractedFacts"]
    none = {"facts": "none"}
    from_level_1 = client.get(path, params=none)
    assert from_level_1.headers["ETag"] == '"3"'
    assert from_level_1.json() == whole
    assert client.get(path, params=none, headers=FROM_THE_DATABASE).json() == whole
    past = client.get(path, params={"facts": "none", "version": "1"}).json()
    assert past["factCount"] == 1
    assert "extractedFacts" not in past
    assert client.get(path, params=none, headers={"If-None-Match": '"3"'}).status_code == 304
    too_new = client.get(path, params=none, headers={"Lightning-Min-Version": "9"})
    assert_refused(too_new, 412, "version_not_reached")
    assert_refused(client.get(f"{path}x", params=none), 404, "not_found")


def test_facts_are_left_out_of_research_alone(client: httpx.Client, create: Create) -> None:
    answer = client.get(create("research"), params={"facts": "some"})
    assert_refused(answer, 400, "bad_filter")
    assert_refused(client.get(create("agents"), params={"facts": "none"}), 400, "bad_filter")
