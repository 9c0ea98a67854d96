"""§2, §5: ``GET …?version=N``: a state as it was."""

from typing import Any

import httpx
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, READY, fact, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.refusals import assert_refused


def at_version(client: httpx.Client, path: str, version: int) -> dict[str, Any]:
    answer = client.get(path, params={"version": version})
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == f'"{version}"'
    state: dict[str, Any] = answer.json()
    return state


def test_it_is_the_state_as_it_was(client: httpx.Client, state: str) -> None:
    seen = [client.get(state).json()]
    seen += [client.patch(state, json={}).json() for _ in range(4)]
    for old in seen:
        assert at_version(client, state, old["version"]) == old


def test_every_one_of_200_versions_is_near(client: httpx.Client, new_path: NewPath) -> None:
    path = new_path("agents")
    seen = [client.put(path, json=READY).json()]
    for number in range(2, 201):
        properties = {"n": number, f"k{number % 7}": number if number % 3 else None}
        seen.append(client.patch(path, json={"properties": properties}).json())
    for version in (1, 2, 63, 64, 65, 66, 127, 128, 129, 130, 191, 192, 193, 199, 200):
        assert at_version(client, path, version) == seen[version - 1]


def test_removed_and_added_fields_come_back(client: httpx.Client, create: Create) -> None:
    path = create("research", metadata={"a": 1}, sources=["s"])
    seen = [client.get(path).json()]
    for patch in ({"metadata": None}, {"sources": None}, {"metadata": {"b": [1]}}):
        seen.append(client.patch(path, json=patch).json())
    for old in seen:
        assert at_version(client, path, old["version"]) == old


def test_a_research_has_its_facts_as_they_were(client: httpx.Client, research: str) -> None:
    seen = [client.get(research).json()]

    def remember(answer: httpx.Response) -> None:
        assert answer.status_code == 200, answer.text
        seen.append(client.get(research, headers=FROM_THE_DATABASE).json())

    facts = f"{research}/facts"
    remember(client.post(facts, json={"facts": [fact(1), fact(2)]}))
    remember(client.post(facts, json={"facts": [fact(2, source="changed"), fact(3)]}))
    remember(client.patch(research, json={"iterationCount": 1}))
    remember(client.patch(research, json={"extractedFacts": [fact(3), fact(1, source="x")]}))
    remember(client.patch(research, json={"extractedFacts": []}))
    remember(client.post(facts, json={"facts": [fact(2)]}))
    ids = [[one["id"] for one in old["extractedFacts"]] for old in seen]
    assert ids[1:3] == [["f1", "f2"], ["f1", "f2", "f3"]]
    assert ids[4:] == [["f3", "f1"], [], ["f2"]]
    for old in seen:
        assert at_version(client, research, old["version"]) == old


def test_facts_of_200_versions_are_near(client: httpx.Client, research: str) -> None:
    for number in range(2, 201):
        facts = [fact(1000 + number), fact(number % 5, source=str(number))]
        client.post(f"{research}/facts", json={"facts": facts})
    for version in (2, 64, 65, 130, 199):
        old = at_version(client, research, version)
        assert old["factCount"] == len(old["extractedFacts"])
        by_id = {one["id"]: one for one in old["extractedFacts"]}
        assert f"f{1000 + version}" in by_id
        assert f"f{1001 + version}" not in by_id
        assert by_id[f"f{version % 5}"]["source"] == str(version)


def test_old_versions_are_there_after_a_delete(client: httpx.Client, create: Create) -> None:
    path = create("research", extractedFacts=[fact(1)])
    old = client.get(path).json()
    client.delete(path, headers=if_match(1))
    client.put(path, json={"query": "again", "extractedFacts": [fact(2)]})
    assert at_version(client, path, 1) == old
    assert [one["id"] for one in at_version(client, path, 3)["extractedFacts"]] == ["f2"]


def test_the_version_of_a_delete_is_404(client: httpx.Client, state: str) -> None:
    client.delete(state, headers=if_match(1))
    assert_refused(client.get(state, params={"version": 2}), 404, "not_found")


@pytest.mark.parametrize("version", [0, 2, 999, 2**53])
def test_a_version_that_never_was_is_404(client: httpx.Client, state: str, version: int) -> None:
    answer = client.get(state, params={"version": version})
    assert_refused(answer, 404, "not_found")
    assert answer.headers["X-Cache"] == "DB"


@pytest.mark.parametrize("text", ["x", "-1", "1.0", '"1"', "", "²"])
def test_what_is_no_version_is_400(client: httpx.Client, agent: str, text: str) -> None:
    assert_refused(client.get(agent, params={"version": text}), 400, "malformed")
