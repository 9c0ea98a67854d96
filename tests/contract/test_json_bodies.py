"""§1: how strictly a body is read: unknown fields, broken JSON, sizes, depth, numbers."""

import json
from typing import Any

import httpx
import pytest

from tests.contract.bodies import READY, Body
from tests.contract.conftest import NewPath
from tests.contract.refusals import assert_invalid, assert_refused

pytestmark = pytest.mark.one_place

MEBIBYTE = 1024 * 1024
JSON = {"Content-Type": "application/json"}


def put_text(client: httpx.Client, path: str, text: str | bytes) -> httpx.Response:
    return client.put(path, content=text, headers=JSON)


def with_properties(text: str) -> str:
    """An agent whose properties are this JSON text."""
    return '{"agentType":"A","status":"Ready","properties":' + text + "}"


def nested(levels: int) -> str:
    """Objects in objects: an agent that is ``levels`` deep, itself included."""
    inner = levels - 1
    return with_properties('{"a":' * inner + "1" + "}" * inner)


# --- Fields ------------------------------------------------------------------------------------


def test_an_unknown_field_is_refused(
    client: httpx.Client, new_path: NewPath, kind: str, body: Body
) -> None:
    assert_invalid(client.put(new_path(kind), json={**body, "colour": "red"}), "colour")


def test_an_unknown_field_of_a_patch_is_refused(client: httpx.Client, state: str) -> None:
    assert_invalid(client.patch(state, json={"colour": "red"}), "colour")
    assert client.get(state).json()["version"] == 1


def test_the_servers_own_fields_are_ignored(
    client: httpx.Client, new_path: NewPath, kind: str, body: Body
) -> None:
    ours = {"createdAt": "1999-01-01T00:00:00Z", "lastUpdated": 5, "version": 42}
    stored = client.put(new_path(kind), json={**body, **ours}).json()
    assert stored["version"] == 1
    assert stored["createdAt"] > "2020"
    assert stored["lastUpdated"] == stored["createdAt"]


def test_a_state_that_was_read_can_be_put_back(client: httpx.Client, state: str) -> None:
    read = client.get(state).json()
    answer = client.put(state, json=read, headers={"If-Match": '"1"'})
    assert answer.status_code == 200
    assert answer.json() == {**read, "version": 2, "lastUpdated": answer.json()["lastUpdated"]}


@pytest.mark.parametrize("text", ["[]", '"text"', "5", "null", "true"])
def test_a_body_that_is_no_object_is_refused(
    client: httpx.Client, new_path: NewPath, text: str
) -> None:
    assert_refused(put_text(client, new_path("agents"), text), 422, "invalid")


# --- Malformed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{} {}",
        "{'agentType': 1}",
        '{"agentType":"A",}',
        with_properties('{"n":NaN}'),
        with_properties('{"n":Infinity}'),
        with_properties('{"n":-Infinity}'),
        with_properties('{"n":01}'),
        with_properties('{"n":+1}'),
        with_properties('{"n":1.}'),
        with_properties('{"n":"line\nbreak"}'),
        with_properties('{"n":"\\x"}'),
        with_properties('{"n":1,"n":2}'),
        with_properties('{"n":1,"\\u006e":2}'),
        with_properties('{"n":"\\ud800"}'),
        with_properties('{"n":"\\udc00\\ud800"}'),
        with_properties('{"\\ud800":1}'),
        '{"agentType":"A","agentType":"A","status":"Ready"}',
        with_properties('{"n":"\x00"}'),
        "\ufeff" + with_properties("{}"),
    ],
)
def test_a_malformed_body_is_400(client: httpx.Client, new_path: NewPath, text: str) -> None:
    path = new_path("agents")
    assert_refused(put_text(client, path, text), 400, "malformed")
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("raw", [b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xc0\xaf", b"\xe2\x82"])
def test_invalid_utf_8_is_400(client: httpx.Client, new_path: NewPath, raw: bytes) -> None:
    text = with_properties('{"n":"?"}').encode().replace(b"?", raw)
    assert_refused(put_text(client, new_path("agents"), text), 400, "malformed")


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_every_write_reads_as_strictly(client: httpx.Client, research: str, method: str) -> None:
    path = research if method == "PATCH" else f"{research}/facts"
    answer = client.request(method, path, content='{"facts":[],"facts":[]}', headers=JSON)
    assert_refused(answer, 400, "malformed")


def test_malformed_comes_before_invalid(client: httpx.Client, new_path: NewPath) -> None:
    text = with_properties('{"first":"\\u0000","second":"\\ud800"}')
    assert_refused(put_text(client, new_path("agents"), text), 400, "malformed")


# --- Sizes and depth ---------------------------------------------------------------------------


def padded(size_bytes: int) -> str:
    """An agent's JSON of exactly this size."""
    empty = with_properties('{"pad":""}')
    return with_properties('{"pad":"' + "x" * (size_bytes - len(empty)) + '"}')


def test_a_body_above_1_mib_is_413(client: httpx.Client, new_path: NewPath) -> None:
    path = new_path("agents")
    assert_refused(put_text(client, path, padded(MEBIBYTE + 1)), 413, "too_large")
    assert client.get(path).status_code == 404


def test_a_body_of_1_mib_is_stored(client: httpx.Client, new_path: NewPath) -> None:
    assert put_text(client, new_path("agents"), padded(MEBIBYTE)).status_code == 201


@pytest.mark.behind_django_too
def test_a_body_without_a_length_is_413_above_1_mib(
    client: httpx.Client, new_path: NewPath
) -> None:
    pieces = (b" " * 65_536 for _ in range(17))
    answer = client.put(new_path("agents"), content=pieces, headers=JSON)
    assert_refused(answer, 413, "too_large")


def test_a_patch_that_grows_the_state_past_1_mib_is_422(
    client: httpx.Client, new_path: NewPath
) -> None:
    path = new_path("agents")
    put_text(client, path, padded(MEBIBYTE - 1000))
    room = 1000 - len(',"more":""') - len(',"activeTaskIds":["t"]')
    grown = {"activeTaskIds": ["t"], "properties": {"more": "x" * (room + 1)}}
    assert_refused(client.patch(path, json=grown), 422, "invalid")
    assert client.get(path).json()["version"] == 1
    grown["properties"] = {"more": "x" * room}
    assert client.patch(path, json=grown).status_code == 200


def test_facts_do_not_count_in_the_size_of_a_state(client: httpx.Client, research: str) -> None:
    for number in range(20):
        fact = {"content": f"{number} " + "x" * 60_000}
        assert client.post(f"{research}/facts", json={"facts": [fact]}).status_code == 200
    assert client.patch(research, json={"iterationCount": 1}).status_code == 200
    assert len(client.get(research).content) > MEBIBYTE


def test_a_state_100_levels_deep_is_stored(client: httpx.Client, new_path: NewPath) -> None:
    path = new_path("agents")
    assert put_text(client, path, nested(100)).status_code == 201
    assert client.get(path).json()["properties"] == json.loads(nested(100))["properties"]


@pytest.mark.parametrize("levels", [102, 1000, 100_000])
def test_a_deeper_state_is_422(client: httpx.Client, new_path: NewPath, levels: int) -> None:
    assert_refused(put_text(client, new_path("agents"), nested(levels)), 422, "invalid")


@pytest.mark.parametrize("levels", [102, 500, 900, 970, 985, 995])
def test_a_deep_state_with_a_surrogate_pair_is_422(
    client: httpx.Client, new_path: NewPath, levels: int
) -> None:
    text = nested(levels).replace("1", '"\\ud83e\\udd86"')
    assert_refused(put_text(client, new_path("agents"), text), 422, "invalid")


def test_lists_count_in_the_depth(client: httpx.Client, new_path: NewPath) -> None:
    text = with_properties('{"a":' + "[" * 101 + "]" * 101 + "}")
    assert_refused(put_text(client, new_path("agents"), text), 422, "invalid")


def test_many_brackets_side_by_side_are_not_deep(client: httpx.Client, new_path: NewPath) -> None:
    text = with_properties('{"a":[' + ",".join(["[]"] * 500) + "]}")
    assert put_text(client, new_path("agents"), text).status_code == 201


# --- Values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "digits",
    ["-9223372036854775809", "18446744073709551616", "1" + "0" * 30, "-" + "9" * 5000],
)
def test_an_integer_out_of_range_is_422(
    client: httpx.Client, new_path: NewPath, digits: str
) -> None:
    text = with_properties('{"n":[' + digits + "]}")
    assert_refused(put_text(client, new_path("agents"), text), 422, "invalid")


def test_a_number_past_a_double_is_refused(client: httpx.Client, new_path: NewPath) -> None:
    answer = put_text(client, new_path("agents"), with_properties('{"n":1e400}'))
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize("text", ['{"n":"a\\u0000b"}', '{"a\\u0000b":1}', '{"n":[["\\u0000"]]}'])
def test_a_nul_character_is_422(client: httpx.Client, new_path: NewPath, text: str) -> None:
    assert_refused(put_text(client, new_path("agents"), with_properties(text)), 422, "invalid")


def test_a_written_nul_escape_that_is_none_is_fine(client: httpx.Client, new_path: NewPath) -> None:
    path = new_path("agents")
    client.put(path, json={**READY, "properties": {"text": "\\u0000"}})
    assert client.get(path).json()["properties"] == {"text": "\\u0000"}


def test_the_media_type_must_be_json(client: httpx.Client, new_path: NewPath) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml", ""):
        answer = client.put(
            new_path("agents"), content=json.dumps(READY), headers={"Content-Type": media_type}
        )
        assert_refused(answer, 415, "unsupported_media_type")


def test_another_charset_is_415(client: httpx.Client, new_path: NewPath) -> None:
    headers = {"Content-Type": "application/json; charset=latin-1"}
    answer = client.put(new_path("agents"), content=json.dumps(READY), headers=headers)
    assert_refused(answer, 415, "unsupported_media_type")


def test_json_with_its_charset_is_read(client: httpx.Client, new_path: NewPath) -> None:
    headers: dict[str, Any] = {"Content-Type": "Application/JSON; charset=UTF-8"}
    answer = client.put(new_path("agents"), content=json.dumps(READY), headers=headers)
    assert answer.status_code == 201
