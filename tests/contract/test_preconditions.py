"""§2: the forms of ``If-Match`` and ``If-None-Match`` on a write."""

import httpx
import pytest

from tests.contract.bodies import READY
from tests.contract.conftest import NewPath
from tests.contract.refusals import assert_refused

pytestmark = pytest.mark.one_place


@pytest.mark.parametrize("condition", ['"1"', '"9", "1"', '"1","9"', '"3" , "1" , "2"', "*"])
def test_a_list_of_etags_matches_any(client: httpx.Client, agent: str, condition: str) -> None:
    assert client.put(agent, json=READY, headers={"If-Match": condition}).status_code == 200


@pytest.mark.parametrize(
    "condition",
    ['"2"', '"2", "3"', '"0"', '"11"', '"999999999999999999"', '"1000000000000000000001"'],
)
def test_a_list_without_the_version_is_412(
    client: httpx.Client, agent: str, condition: str
) -> None:
    answer = client.put(agent, json=READY, headers={"If-Match": condition})
    assert_refused(answer, 412, "version_conflict", currentVersion=1)


@pytest.mark.parametrize(
    "condition",
    [
        *("1", 'W/"1"', 'W/"1", "1"', '"1', '1"', '"1" "2"', '"1",', "'1'", "", "**", '"*"'),
        *('"-1"', '"01"'),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_malformed_or_weak_etag_is_400(
    client: httpx.Client, agent: str, method: str, condition: str
) -> None:
    body = None if method == "DELETE" else READY
    answer = client.request(method, agent, json=body, headers={"If-Match": condition})
    assert_refused(answer, 400, "bad_precondition")
    assert client.get(agent).json()["version"] == 1


def test_both_together_are_400(client: httpx.Client, agent: str) -> None:
    headers = {"If-Match": '"1"', "If-None-Match": "*"}
    assert_refused(client.put(agent, json=READY, headers=headers), 400, "bad_precondition")


@pytest.mark.parametrize("condition", ['"1"', 'W/"1"', "", "**"])
def test_if_none_match_of_a_write_is_a_star_alone(
    client: httpx.Client, new_path: NewPath, condition: str
) -> None:
    path = new_path("agents")
    answer = client.put(path, json=READY, headers={"If-None-Match": condition})
    assert_refused(answer, 400, "bad_precondition")
    assert client.get(path).status_code == 404
