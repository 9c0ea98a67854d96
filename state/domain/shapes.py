"""The wire types of the three kinds, and the check that a body has their shape (contract §1)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from state.domain import jsontext
from state.domain.errors import Invalid, error, many_invalid
from state.domain.facts import normalise_facts
from state.domain.kinds import ID_PATTERN, Kind
from state.domain.times import normalise_time

STATE_LIMIT_BYTES = 1024 * 1024
_SERVER_FIELDS_BYTES = 2048  # the id, times, version and defaults are not the caller's bytes

Score = Annotated[float, Meta(ge=0, le=1)]
Id = Annotated[str, Meta(pattern=ID_PATTERN)]
AgentStatus = Literal["Initializing", "Ready", "Processing", "Paused", "Completed", "Failed"]
ResearchStatus = Literal["Pending", "InProgress", "Verifying", "Completed", "Failed"]


class AgentShape(Struct, rename="camel", kw_only=True):
    agent_type: Annotated[str, Meta(max_length=100)]
    status: AgentStatus
    properties: dict[str, Any] = {}
    active_task_ids: list[str] = []
    performance_metrics: dict[str, int | float] = {}


class ResearchShape(Struct, rename="camel", kw_only=True):
    query: Annotated[str, Meta(max_length=10_000)]
    status: ResearchStatus = "Pending"
    extracted_facts: list[dict[str, Any]] = []
    sources: list[str] = []
    current_quality_score: Score = 0
    iteration_count: Annotated[int, Meta(ge=0)] = 0
    started_at: str | None = None
    completed_at: str | None = None
    metadata: dict[str, Any] = {}


class VerificationShape(Struct, rename="camel", kw_only=True):
    source_id: Id
    content: str
    confidence_score: Score = 0
    is_verified: bool = False
    issues: list[str] = []
    verified_at: str | None = None
    verified_by: str = ""


SHAPES: dict[Kind, type[Struct]] = {
    Kind.AGENT: AgentShape,
    Kind.RESEARCH: ResearchShape,
    Kind.VERIFICATION: VerificationShape,
}
FACTS = "extractedFacts"
TIMES = ("startedAt", "completedAt", "verifiedAt")
NULLABLE = {"completedAt"}
KEPT = {FACTS, *TIMES}
"""Fields that a PUT without them leaves as they are stored."""

_FIELDS = {
    kind: {field.encode_name: field for field in msgspec.structs.fields(shape)}
    for kind, shape in SHAPES.items()
}
REQUIRED = {
    kind: frozenset(name for name, field in fields.items() if field.required)
    for kind, fields in _FIELDS.items()
}
DEFAULTS: dict[Kind, dict[str, Any]] = {
    kind: {
        name: field.default_factory()
        if field.default_factory is not msgspec.NODEFAULT
        else field.default
        for name, field in fields.items()
        if not field.required
    }
    for kind, fields in _FIELDS.items()
}
_SERVER_FIELDS = {
    kind: {kind.id_field, "createdAt", "lastUpdated", "version"}
    | ({"factCount"} if kind is Kind.RESEARCH else set())
    for kind in Kind
}


def content_of(kind: Kind, state_id: str, body: Any) -> dict[str, Any]:
    """The fields of a full state (PUT), defaults filled; raises Invalid for a wrong shape.

    Absent fields of ``KEPT`` stay absent: what is stored decides about them.
    """
    given = _own_fields(kind, state_id, body)
    missing = [error(name, "is required") for name in sorted(REQUIRED[kind] - given.keys())]
    _check_types(kind, given, missing)
    defaults = DEFAULTS[kind]
    content = {
        name: given[name] if name in given else defaults[name]
        for name in _FIELDS[kind]
        if name in given or name not in KEPT
    }
    return _normalise(content)


def patch_of(kind: Kind, state_id: str, body: Any) -> dict[str, Any]:
    """A merge patch (RFC 7396) whose result will have the right shape; raises Invalid.

    ``null`` removes a key inside an object, resets an optional field, and is refused for a
    required one.
    """
    given = _own_fields(kind, state_id, body)
    nulls = [
        error(name, "is required and cannot be removed")
        for name, value in given.items()
        if value is None and name in REQUIRED[kind]
    ]
    values = {
        name: _without_nulls(value) if isinstance(value, dict) else value
        for name, value in given.items()
        if value is not None or name not in _FIELDS[kind]
    }
    _check_types(kind, values, nulls)
    return _normalise(given)


def _own_fields(kind: Kind, state_id: str, body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Invalid.field("", "the body must be a JSON object")
    if body.get(kind.id_field, state_id) != state_id:
        raise Invalid.field(kind.id_field, "differs from the id in the path")
    server_fields = _SERVER_FIELDS[kind]
    return {name: value for name, value in body.items() if name not in server_fields}


def _check_types(kind: Kind, values: Mapping[str, Any], errors: list[dict[str, str]]) -> None:
    fields = _FIELDS[kind]
    for name, value in values.items():
        field = fields.get(name)
        if field is None:
            errors.append(error(name, "is not a field of this kind"))
            continue
        if value is None and name not in NULLABLE:
            errors.append(error(name, "must not be null"))
            continue
        try:
            msgspec.convert(value, field.type)
        except msgspec.ValidationError as problem:
            errors.append(_as_error(name, problem))
    if errors:
        raise many_invalid(errors)


def _as_error(name: str, problem: msgspec.ValidationError) -> dict[str, str]:
    message, _, path = str(problem).partition(" - at `$")
    return error(name + path.rstrip("`"), message[:1].lower() + message[1:])


def _normalise(content: dict[str, Any]) -> dict[str, Any]:
    errors = []
    for name in TIMES:
        value = content.get(name)
        if value is not None:
            try:
                content[name] = normalise_time(value)
            except ValueError as problem:
                errors.append(error(name, str(problem)))
    if errors:
        raise many_invalid(errors)
    if content.get(FACTS) is not None:
        content[FACTS] = normalise_facts(content[FACTS], FACTS)
    return content


def _without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    return {key: member for key, member in value.items() if member is not None}


def check_size(kind: Kind, document: bytes) -> None:
    """Refuses a state grown past 1 MiB (facts aside)."""
    if len(document) > STATE_LIMIT_BYTES + _SERVER_FIELDS_BYTES:
        raise Invalid.field("", f"the {kind.value} state would be larger than 1 MiB")


encode_document = jsontext.encode
