"""§1: a state read back equals what was written."""

import json
from typing import Any

import httpx
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, READY
from tests.contract.conftest import NewPath

VALUES: dict[str, Any] = {
    "empty string": "",
    "empty object": {},
    "empty list": [],
    "null": None,
    "booleans": [True, False],
    "true is not one": [1, True, 1.0, 0, False],
    "smallest integer": -(2**63),
    "largest integer": 2**64 - 1,
    "past a float": 2**53 + 1,
    "fractions": [0.1, 1e-7, 5e-324, 1.7976931348623157e308, 123456789.123456789],
    "unicode": "Grüße 漢字 عربى 🦆 👩‍👩‍👧 e\u0301 \u2028\u2029\ufeff\uffff",
    "escapes": 'quote " backslash \\ slash / tab \t newline \n bell \x07 delete \x7f',
    "spaces": "  leading, trailing  ",
    "looks like json": '{"a":[1]}',
    "looks like sql": "'; drop table x; -- %s {} $1",
    "deep": {"a": [{"b": [[{"c": None}]]}]},
    "long": "x" * 100_000,
    "odd keys": {"": 1, " ": 2, "$set": 3, "a.b": 4, "__proto__": 5, "漢": 6, "\\": 7, "\n": 8},
    "keys in order": {"z": 1, "a": 2, "m": 3},
}


def exactly(value: Any) -> str:
    """JSON that tells 1 from 1.0 and from true, and keeps the order of keys."""
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_comes_back_as_it_was(client: httpx.Client, new_path: NewPath, value: Any) -> None:
    path = new_path("agents")
    written = client.put(path, json={**READY, "properties": {"value": value}})
    assert exactly(written.json()["properties"]["value"]) == exactly(value)
    for headers in ({}, FROM_THE_DATABASE):
        read = client.get(path, headers=headers).json()["properties"]["value"]
        assert exactly(read) == exactly(value)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_comes_back_from_the_history(
    client: httpx.Client, new_path: NewPath, value: Any
) -> None:
    path = new_path("research")
    client.put(path, json={"query": "q", "metadata": {"value": value}})
    client.patch(path, json={"metadata": {"value": "something else"}})
    past = client.get(path, params={"version": 1}).json()
    assert exactly(past["metadata"]["value"]) == exactly(value)


def test_a_patch_changes_nothing_else(client: httpx.Client, new_path: NewPath) -> None:
    path = new_path("agents")
    before = client.put(path, json={**READY, "properties": VALUES}).json()
    after = client.patch(path, json={"agentType": "Another"}).json()
    assert exactly(after["properties"]) == exactly(VALUES)
    assert after["activeTaskIds"] == before["activeTaskIds"]


def test_facts_come_back_in_the_order_sent(client: httpx.Client, new_path: NewPath) -> None:
    path = new_path("research")
    contents = [f"fact {number * 7 % 20}" for number in range(20)]
    facts = [{"content": content} for content in contents]
    client.put(path, json={"query": "q", "extractedFacts": facts})
    read = client.get(path, headers=FROM_THE_DATABASE).json()["extractedFacts"]
    assert [fact["content"] for fact in read] == contents
