"""OpenAPI 3.1, made from the table: what a call says of itself is what is documented."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from state.operations.operation import Operation, Parameter, Result, Shape
from state.operations.shapes import Problem
from state.protocol.headers import JSON
from state.protocol.problems import STATUS_BY_CODE

Document = dict[str, Any]

PROBLEM_JSON = "application/problem+json"
_REF = "#/components/schemas/{name}"
_ALWAYS = (400, 401, 403, 429, 500, 503)
_WITH_BODY = (413, 415, 422)
_CODES = {
    status: sorted(code for code, its in STATUS_BY_CODE.items() if its == status)
    for status in set(STATUS_BY_CODE.values())
}
_SECURITY_SCHEMES = {
    "bearerKey": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "apiKeyHeader": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
}
_TAGS = {
    "States": "Agents, research and verifications: read, write, list, count.",
    "Facts": "The facts of a research.",
    "Batches": "Many states in one call.",
    "History": "Old versions: look at them, compare them, bring one back.",
    "Heartbeats": "Agents say that they are alive.",
    "Locks": "Pessimistic locks with fencing tokens.",
    "Changes": "The change log: watch it, and the fleet as it was.",
    "Caches": "Hit rates, and invalidation.",
    "Verification": "Judges texts: facts, reasoning, consistency. Changes nothing.",
    "Lightning wire": "The calls of existing Lightning clients: agents, tasks, resources.",
    "Jobs": "One action on many states: with progress, results, and undo.",
    "Alerts": "What somebody should look at.",
    "Keys": "API keys: made, listed, revoked.",
    "Deployment": "The instances that run, and how they do.",
}


def describe(operations: Sequence[Operation], *, title: str, version: str, about: str) -> Document:
    """The OpenAPI document of these operations."""
    shapes = list(_shapes_of(operations))
    schemas, components = msgspec.json.schema_components(shapes, ref_template=_REF)
    schema_of = {id(shape): schema for shape, schema in zip(shapes, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _describe(operation, schema_of)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    used = dict.fromkeys(operation.tag for operation in operations)
    document = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": about},
        "security": [{name: []} for name in _SECURITY_SCHEMES],
        "tags": [{"name": tag, "description": _TAGS[tag]} for tag in used],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY_SCHEMES},
    }
    written: Document = _with_json_patterns(document)
    return written


def statuses_of(operation: Operation) -> list[int]:
    """Every status that the call may answer."""
    statuses = {*operation.results, *operation.refusals, *_ALWAYS}
    if operation.body:
        statuses.update(_WITH_BODY)
    return sorted(statuses)


def _shapes_of(operations: Iterable[Operation]) -> Iterable[Shape]:
    yield Problem
    yield str
    for operation in operations:
        if operation.body is not None:
            yield operation.body.shape
        for result in operation.results.values():
            if result.shape is not None:
                yield result.shape
        for parameter in (*operation.query, *operation.headers):
            yield parameter.shape


def _describe(operation: Operation, schema_of: Mapping[int, Any]) -> Document:
    parameters = [
        *([_path_parameter()] if "{id}" in operation.path else []),
        *(_parameter(one, "query", schema_of) for one in operation.query),
        *(_parameter(one, "header", schema_of) for one in operation.headers),
    ]
    role = f"Needs the role `{operation.role}`."
    described: Document = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": f"{operation.description}\n\n{role}".strip(),
        "parameters": parameters,
        "responses": {
            str(status): _response(operation, status, schema_of)
            for status in statuses_of(operation)
        },
    }
    if operation.body is not None:
        schema = schema_of[id(operation.body.shape)]
        described["requestBody"] = {
            "required": True,
            "description": f"At most {operation.body.limit_bytes // 1024} KiB.",
            "content": {media: {"schema": schema} for media in operation.body.media_types},
        }
    return described


def _path_parameter() -> Document:
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    }


def _parameter(parameter: Parameter, position: str, schema_of: Mapping[int, Any]) -> Document:
    described = {
        "name": parameter.name,
        "in": position,
        "required": parameter.required,
        "description": parameter.description,
        "schema": schema_of[id(parameter.shape)],
    }
    if parameter.may_be_empty:
        described["allowEmptyValue"] = True
    return described


def _response(operation: Operation, status: int, schema_of: Mapping[int, Any]) -> Document:
    result = operation.results.get(status)
    if result is None:
        codes = " or ".join(f"`{code}`" for code in _CODES[status])
        problem = {PROBLEM_JSON: {"schema": schema_of[id(Problem)]}}
        return {"description": f"Refused: {codes}.", "content": problem}
    return {"description": result.description, **_content(result, schema_of)}


def _content(result: Result, schema_of: Mapping[int, Any]) -> Document:
    if result.shape is None:
        return {}
    return {"content": {result.media_type or JSON: {"schema": schema_of[id(result.shape)]}}}


_PYTHON_ENDS = re.compile(r"\\A|\\Z")


def _with_json_patterns(value: Any) -> Any:
    """Patterns as JSON Schema has them (ECMA-262), where ``^`` and ``$`` are the text's ends."""
    if isinstance(value, dict):
        return {
            key: _PYTHON_ENDS.sub(lambda end: "^" if end[0] == r"\A" else "$", member)
            if key == "pattern" and isinstance(member, str)
            else _with_json_patterns(member)
            for key, member in value.items()
        }
    if isinstance(value, list | tuple):
        return [_with_json_patterns(member) for member in value]
    return value
