"""The check that a body has its kind's shape (contract §1)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from state.domain import jsontext
from state.domain.errors import Invalid, error, many_invalid
from state.domain.facts import normalise_facts
from state.domain.kinds import FACTS, Kind, KindSpec
from state.domain.times import normalise_time

STATE_LIMIT_BYTES = 1024 * 1024


def content_of(kind: Kind, state_id: str, body: Any) -> dict[str, Any]:
    """The fields of a full state (PUT), defaults filled; raises Invalid for a wrong shape.

    Absent fields of ``kept`` stay absent: what is stored decides about them.
    """
    given = _own_fields(kind, state_id, body)
    spec = kind.spec
    missing = [error(name, "is required") for name in sorted(spec.required - given.keys())]
    _check_types(kind, given, missing)
    content = {
        name: given[name] if name in given else spec.defaults[name]
        for name in spec.fields
        if name in given or name not in spec.kept
    }
    return _normalise(kind, content)


def patch_of(kind: Kind, state_id: str, body: Any) -> dict[str, Any]:
    """A merge patch (RFC 7396) whose result will have the right shape; raises Invalid.

    ``null`` removes a key inside an object, resets an optional field, and is refused for a
    required one.
    """
    given = _own_fields(kind, state_id, body)
    spec = kind.spec
    nulls = [
        error(name, "is required and cannot be removed")
        for name, value in given.items()
        if value is None and name in spec.required
    ]
    values = {
        name: _without_nulls(value) if isinstance(value, dict) else value
        for name, value in given.items()
        if value is not None or name not in spec.fields
    }
    _check_types(kind, values, nulls)
    return _normalise(kind, given)


def told_of(kind: Kind, state_id: str, body: Any) -> dict[str, Any]:
    """What a client that does not track versions says of a state (contract §12); raises Invalid.

    A null says nothing, nor does an empty text where a text must not be empty (an id), nor a field
    that the kind does not have.
    """
    given = _own_fields(kind, state_id, body)
    told = {
        name: _without_nulls(value) if isinstance(value, dict) else value
        for name, value in given.items()
        if value is not None and name in kind.spec.fields
        if value != "" or not _is_filled_text(kind, name)
    }
    _check_types(kind, told, [])
    return _normalise(kind, told)


def _is_filled_text(kind: Kind, name: str) -> bool:
    return _is_right({name: "x"}, kind.spec) and not _is_right({name: ""}, kind.spec)


def require_all(kind: Kind, names: Iterable[str]) -> None:
    """Raises Invalid when a required field is not among the names."""
    missing = sorted(kind.spec.required.difference(names))
    if missing:
        raise many_invalid([error(name, "is required") for name in missing])


def _own_fields(kind: Kind, state_id: str, body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Invalid.field("", "the body must be a JSON object")
    if body.get(kind.id_field, state_id) != state_id:
        raise Invalid.field(kind.id_field, "differs from the id in the path")
    server_fields = kind.spec.server_fields
    return {name: value for name, value in body.items() if name not in server_fields}


def _check_types(kind: Kind, values: Mapping[str, Any], errors: list[dict[str, str]]) -> None:
    spec = kind.spec
    if not errors and _is_right(values, spec):
        return
    for name, value in values.items():
        field = spec.fields.get(name)
        if field is None:
            errors.append(error(name, "is not a field of this kind"))
            continue
        if value is None and name != spec.time_of_ending:
            errors.append(error(name, "must not be null"))
            continue
        try:
            msgspec.convert(value, field.type)
        except msgspec.ValidationError as problem:
            errors.append(_as_error(name, problem))
    if errors:
        raise many_invalid(errors)


def _is_right(values: Mapping[str, Any], spec: KindSpec) -> bool:
    """Whether all is as it should be: one look, where naming what is not takes one a field."""
    try:
        msgspec.convert(values, spec.any_fields)
    except msgspec.ValidationError:
        return False
    return True


def _as_error(name: str, problem: msgspec.ValidationError) -> dict[str, str]:
    message, _, path = str(problem).partition(" - at `$")
    return error(name + path.rstrip("`"), message[:1].lower() + message[1:])


def _normalise(kind: Kind, content: dict[str, Any]) -> dict[str, Any]:
    errors = []
    for name in kind.spec.times:
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


def check_size(kind: Kind, document: Mapping[str, Any], encoded: bytes) -> None:
    """Refuses a state whose own fields have grown past 1 MiB (facts aside).

    The id, version, times and defaults do not count: the server adds them to what a caller sent,
    and a body of exactly 1 MiB is stored.
    """
    if len(encoded) <= STATE_LIMIT_BYTES:
        return
    spec = kind.spec
    sent = {
        name: value
        for name, value in document.items()
        if name in spec.fields
        and name not in spec.kept
        and (name in spec.required or value != spec.defaults[name])
    }
    if len(encode_document(sent)) > STATE_LIMIT_BYTES:
        raise Invalid.field("", f"the {kind.value} state would be larger than 1 MiB")


encode_document = jsontext.encode
