"""The calls that judge texts (contract §7): what is asked, read as the wire reads it (§12).

Unknown members and nulls mean nothing, names go in any case.
"""

import re
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from state.domain import jsontext
from state.domain.errors import Invalid
from state.domain.tolerant import known_members
from state.protocol.call import Call

S = TypeVar("S", bound=Struct)
_MISSING = re.compile(r"Object missing required field `(\w+)`")


def asked(call: Call, shape: type[S]) -> S:
    """The body as its shape; raises Malformed or Invalid."""
    body = _members(jsontext.parse(call.body), shape, "")
    try:
        return msgspec.convert(body, shape)
    except msgspec.ValidationError as problem:
        message, _, path = str(problem).partition(" - at `$")
        field = path.rstrip("`").lstrip(".")
        if missing := _MISSING.fullmatch(message):
            field, message = f"{field}.{missing[1]}".lstrip("."), "is required"
        raise Invalid.field(field, message[:1].lower() + message[1:]) from problem


def _members(value: Any, shape: type[Struct], path: str) -> dict[str, Any]:
    """An object's members by the names of its shape, and likewise of the objects in its lists."""
    names = _names(shape)
    found = known_members(value, tuple(names), path)
    for name, inner in names.items():
        listed = found.get(name)
        if inner is not None and isinstance(listed, list):
            found[name] = [_members(one, inner, f"{name}[{at}]") for at, one in enumerate(listed)]
    return found


@cache
def _names(shape: type[Struct]) -> dict[str, type[Struct] | None]:
    """Each member, and of a list of objects their shape."""
    types = get_type_hints(shape)
    return {
        field.encode_name: _listed(types[field.name]) for field in msgspec.structs.fields(shape)
    }


def _listed(kind: Any) -> type[Struct] | None:
    inner = get_args(kind)[0] if get_origin(kind) is list else None
    return inner if isinstance(inner, type) and issubclass(inner, Struct) else None
