"""§2: how old a read may be: own writes, no-cache, ``Lightning-Min-Version``."""

import httpx
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, READY, fact
from tests.contract.conftest import NewPath
from tests.contract.refusals import assert_refused


def at_least(version: int) -> dict[str, str]:
    return {"Lightning-Min-Version": str(version)}


def test_an_instance_reads_its_own_writes(client: httpx.Client, new_path: NewPath) -> None:
    path = new_path("agents")
    client.put(path, json=READY)
    for number in range(2, 30):
        client.patch(path, json={"properties": {"n": number}})
        read = client.get(path).json()
        assert (read["version"], read["properties"]["n"]) == (number, number)


def test_an_instance_reads_its_own_appends(client: httpx.Client, research: str) -> None:
    for number in range(10):
        client.post(f"{research}/facts", json={"facts": [fact(number)]})
        assert client.get(research).json()["factCount"] == number + 1


def test_an_instance_reads_its_own_batches(client: httpx.Client, agent: str) -> None:
    state_id = agent.rpartition("/")[2]
    for number in range(10):
        patch = {"properties": {"n": number}}
        items = [{"id": state_id, "patch": patch}]
        client.post("/api/v1/agents/batch-set", json={"items": items})
        found = client.post("/api/v1/agents/batch-get", json={"ids": [state_id]}).json()
        assert found["items"][state_id]["properties"] == {"n": number}


def test_another_client_reads_the_write_as_well(
    client: httpx.Client, viewer: httpx.Client, agent: str
) -> None:
    for number in range(2, 12):
        viewer.get(agent)
        client.patch(agent, json={})
        assert viewer.get(agent).json()["version"] == number


def test_no_cache_reads_the_database(client: httpx.Client, agent: str) -> None:
    client.get(agent)
    answer = client.get(agent, headers=FROM_THE_DATABASE)
    assert answer.headers["X-Cache"] == "DB"


@pytest.mark.parametrize("version", [0, 1, 2])
def test_a_version_that_is_reached_is_answered(
    client: httpx.Client, agent: str, version: int
) -> None:
    client.patch(agent, json={})
    answer = client.get(agent, headers=at_least(version))
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_a_version_that_is_not_reached_is_412(client: httpx.Client, agent: str) -> None:
    client.get(agent)
    answer = client.get(agent, headers=at_least(2))
    assert_refused(answer, 412, "version_not_reached")
    assert answer.headers["X-Cache"] == "DB"


def test_a_minimum_for_what_never_was_is_412(client: httpx.Client, new_path: NewPath) -> None:
    answer = client.get(new_path("agents"), headers=at_least(1))
    assert_refused(answer, 412, "version_not_reached")


def test_a_deleted_state_is_404_once_its_delete_is_reached(
    client: httpx.Client, agent: str
) -> None:
    client.delete(agent, headers={"If-Match": "*"})
    assert_refused(client.get(agent, headers=at_least(2)), 404, "not_found")
    assert_refused(client.get(agent, headers=at_least(3)), 412, "version_not_reached")


@pytest.mark.parametrize("text", ["x", "-1", "1.5", '"1"', ""])
def test_a_minimum_that_is_no_version_is_400(client: httpx.Client, agent: str, text: str) -> None:
    answer = client.get(agent, headers={"Lightning-Min-Version": text})
    assert_refused(answer, 400, "bad_precondition")
