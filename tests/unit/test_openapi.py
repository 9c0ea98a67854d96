"""The description of the API, made from the table."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from state.domain.jsontext import decode, encode
from state.operations import openapi
from state.operations.table import table


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    document = openapi.describe(table.operations, title="t", version="v", about="")
    read: dict[str, Any] = decode(encode(document))
    return read


def test_every_call_is_described(schema: dict[str, Any]) -> None:
    for component in schema["components"]["schemas"].values():
        Draft202012Validator.check_schema(component)
    for path, methods in schema["paths"].items():
        for method, documented in methods.items():
            assert documented["tags"], (method, path)
            assert documented["summary"], (method, path)


def test_either_key_header_is_enough(schema: dict[str, Any]) -> None:
    assert schema["security"] == [{"bearerKey": []}, {"apiKeyHeader": []}, {"session": []}]


def test_forms_are_never_accepted(schema: dict[str, Any]) -> None:
    taken = {
        media
        for methods in schema["paths"].values()
        for documented in methods.values()
        for media in documented.get("requestBody", {"content": {}})["content"]
    }
    assert taken == {"application/json", "application/merge-patch+json"}


def test_filters_and_bounds_are_those_of_the_kind(schema: dict[str, Any]) -> None:
    def names(path: str) -> set[str]:
        return {one["name"] for one in schema["paths"][path]["get"]["parameters"]}

    assert "agentType" in names("/api/v1/agents") - names("/api/v1/research")
    assert "minConfidence" in names("/api/v1/verifications") - names("/api/v1/agents")
    [limit] = [
        one
        for one in schema["paths"]["/api/v1/agents"]["get"]["parameters"]
        if one["name"] == "limit"
    ]
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 500)


def test_a_component_says_which_fields_may_be_sent(schema: dict[str, Any]) -> None:
    written = schema["components"]["schemas"]["AgentWritten"]
    assert written["required"] == ["agentType", "status"]
    assert written["additionalProperties"] is False
    assert set(schema["components"]["schemas"]["Agent"]["required"]) == {
        "agentId",
        "agentType",
        "status",
        "properties",
        "activeTaskIds",
        "performanceMetrics",
        "createdAt",
        "lastUpdated",
        "version",
    }


def test_patterns_are_those_of_json_schema(schema: dict[str, Any]) -> None:
    pattern = schema["components"]["schemas"]["Agent"]["properties"]["agentId"]["pattern"]
    assert (pattern[0], pattern[-1]) == ("^", "$")
    assert b"\\\\A" not in encode(schema)
    assert b"\\\\Z" not in encode(schema)
