"""§2, §3: an answer is bounded in bytes, and never cut in the middle of a state."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.contract.bodies import READY
from tests.contract.refusals import assert_refused

MIB = 1024 * 1024
COUNT = 36  # of nearly a MiB each: too many for one batch-get


@pytest.fixture(scope="module")
def large(server: object) -> Iterator[tuple[httpx.Client, str, list[str]]]:
    """Agents of nearly a MiB each: a client, their type and their ids in order."""
    client = server.client_as("agent")  # type: ignore[attr-defined]
    group = f"large-{id(client):x}"
    ids = [f"{group}-{number:02}" for number in range(COUNT)]
    content = {**READY, "agentType": group, "properties": {"text": "x" * (MIB - 1000)}}
    for start in range(0, COUNT, 12):
        items = [{"id": one, "state": content} for one in ids[start : start + 12]]
        answer = client.post("/api/v1/agents/batch-set", json={"items": items}, timeout=60)
        assert answer.json()["failed"] == 0
    yield client, group, ids
    for start in range(0, COUNT, 12):
        gone = [{"id": one, "delete": True, "ifMatch": "*"} for one in ids[start : start + 12]]
        client.post("/api/v1/agents/batch-set", json={"items": gone}, timeout=60)
    client.close()


@pytest.mark.slow
@pytest.mark.parametrize("ordering", ["id", "-lastUpdated"])
def test_a_page_of_a_list_ends_at_about_4_mib(
    large: tuple[httpx.Client, str, list[str]], ordering: str
) -> None:
    client, group, ids = large
    asked = {"agentType": group, "limit": "30", "ordering": ordering}
    first = client.get("/api/v1/agents", params=asked)
    assert 4 * MIB < len(first.content) < 5.1 * MIB
    page, found = first.json(), []
    for _ in range(3):
        found += [item["agentId"] for item in page["items"]]
        assert all(len(item["properties"]["text"]) == MIB - 1000 for item in page["items"])
        page = client.get("/api/v1/agents", params={**asked, "page": page["next"]}).json()
    assert len(found) == len(set(found)) == 15
    assert ordering != "id" or found == ids[:15]


@pytest.mark.slow
@pytest.mark.parametrize("headers", [{}, {"Cache-Control": "no-cache"}])
def test_a_batch_get_above_32_mib_is_413(
    large: tuple[httpx.Client, str, list[str]], headers: dict[str, str]
) -> None:
    client, _, ids = large

    def batch_get(wanted: list[str]) -> httpx.Response:
        url = "/api/v1/agents/batch-get"
        return client.post(url, json={"ids": wanted}, headers=headers, timeout=60)

    assert_refused(batch_get(ids), 413, "too_large")
    some = batch_get(ids[:30])
    assert some.status_code == 200
    assert list(some.json()["items"]) == ids[:30]
    assert_refused(batch_get(ids), 413, "too_large")  # most of them are in level 1 by now


@pytest.mark.slow
def test_a_page_of_facts_ends_at_about_4_mib(
    client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    path = f"/api/v1/research/{new_id('research')}"
    client.put(path, json={"query": "why"})
    for part in range(6):
        facts = [{"id": f"f{part * 15 + number}", "content": "x" * 60_000} for number in range(15)]
        assert client.post(f"{path}/facts", json={"facts": facts}).status_code == 200
    asked: dict[str, str] = {"limit": "1000"}
    found: list[str] = []
    for _ in range(3):
        answer = client.get(f"{path}/facts", params=asked)
        assert len(answer.content) < 4.2 * MIB
        found += [one["id"] for one in answer.json()["items"]]
        if not answer.json()["next"]:
            break
        asked["page"] = answer.json()["next"]
    assert found == [f"f{number}" for number in range(90)]
