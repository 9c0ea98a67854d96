"""§2: ``Prefer: return=minimal`` and ``Lightning-Reason``."""

from typing import Any

import httpx
import pytest

from tests.contract.bodies import Body, fact, if_match
from tests.contract.conftest import NewPath
from tests.contract.refusals import assert_refused

pytestmark = pytest.mark.one_place

MINIMAL = {"Prefer": "return=minimal"}


def newest(client: httpx.Client, path: str) -> dict[str, Any]:
    event: dict[str, Any] = client.get(f"{path}/history").json()["items"][0]
    return event


def test_a_minimal_create_is_201_with_location_and_no_body(
    client: httpx.Client, new_path: NewPath, kind: str, body: Body
) -> None:
    path = new_path(kind)
    answer = client.put(path, json=body, headers=MINIMAL)
    assert (answer.status_code, answer.content) == (201, b"")
    assert (answer.headers["Location"], answer.headers["ETag"]) == (path, '"1"')


def test_a_minimal_replace_is_204_with_the_etag(
    client: httpx.Client, state: str, body: Body
) -> None:
    answer = client.put(state, json=body, headers={**MINIMAL, **if_match(1)})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (204, b"", '"2"')


def test_a_minimal_patch_is_204_with_the_etag(client: httpx.Client, state: str) -> None:
    answer = client.patch(state, json={}, headers=MINIMAL)
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (204, b"", '"2"')


def test_a_minimal_append_is_204_with_the_etag(client: httpx.Client, research: str) -> None:
    answer = client.post(f"{research}/facts", json={"facts": [fact(1)]}, headers=MINIMAL)
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (204, b"", '"2"')


def test_a_minimal_write_is_read_at_once(client: httpx.Client, agent: str) -> None:
    for number in range(5):
        client.patch(agent, json={"properties": {"n": number}}, headers=MINIMAL)
        assert client.get(agent).json()["properties"] == {"n": number}


@pytest.mark.parametrize(
    "preference",
    [
        'return="minimal"',
        "Return = minimal",
        "return=minimal; a=b",
        'respond-async, wait=10, x="a,b", return=minimal',
    ],
)
def test_a_preference_is_read_as_rfc_7240_writes_it(
    client: httpx.Client, agent: str, preference: str
) -> None:
    assert client.patch(agent, json={}, headers={"Prefer": preference}).status_code == 204


@pytest.mark.parametrize(
    "preference",
    [
        "return=representation",
        "return=minimalistic",
        "x-return=minimal",
        'foo="return=minimal"',
        'foo="a, return=minimal"',
        "foo; return=minimal",
        "return=representation, return=minimal",
    ],
)
def test_another_preference_changes_nothing(
    client: httpx.Client, agent: str, preference: str
) -> None:
    answer = client.patch(agent, json={}, headers={"Prefer": preference})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_a_refusal_has_its_body_all_the_same(client: httpx.Client, agent: str) -> None:
    answer = client.patch(agent, json={}, headers={**MINIMAL, **if_match(9)})
    assert_refused(answer, 412, "version_conflict", currentVersion=1)


# --- Lightning-Reason --------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["a test", "Grüße 漢字 🦆", "x" * 500])
def test_a_reason_is_kept_in_the_log(client: httpx.Client, agent: str, reason: str) -> None:
    client.patch(agent, json={}, headers={b"Lightning-Reason": reason.encode()})
    assert newest(client, agent)["reason"] == reason


def test_every_write_takes_a_reason(client: httpx.Client, new_path: NewPath) -> None:
    path, because = new_path("research"), {"Lightning-Reason": "because"}
    client.put(path, json={"query": "q"}, headers=because)
    assert newest(client, path)["reason"] == "because"
    client.post(f"{path}/facts", json={"facts": [fact(1)]}, headers=because)
    assert newest(client, path)["reason"] == "because"
    client.delete(path, headers={**because, "If-Match": "*"})
    assert newest(client, path)["reason"] == "because"


def test_a_batch_gives_its_reason_to_every_item(client: httpx.Client, agent: str) -> None:
    state_id = agent.rpartition("/")[2]
    client.post(
        "/api/v1/agents/batch-set",
        json={"items": [{"id": state_id, "patch": {}}]},
        headers={"Lightning-Reason": "the batch"},
    )
    assert newest(client, agent)["reason"] == "the batch"


def test_a_longer_reason_is_refused(client: httpx.Client, agent: str) -> None:
    answer = client.patch(agent, json={}, headers={"Lightning-Reason": "x" * 501})
    assert_refused(answer, 400, "malformed")
    assert client.get(agent).json()["version"] == 1
