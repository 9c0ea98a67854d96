"""The calls that judge texts (contract §7): what is asked, read as the wire reads it (§12).

Unknown members and nulls mean nothing, names go in any case.
"""

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from state.domain import jsontext
from state.domain.errors import Invalid
from state.domain.tolerant import known_members
from state.protocol.call import Call

S = TypeVar("S", bound=Struct)


def asked(call: Call, shape: type[S]) -> S:
    """The body as its shape; raises Malformed or Invalid."""
    body = known_members(jsontext.parse(call.body), _names(shape), "")
    try:
        return msgspec.convert(_without_nulls(body), shape)
    except msgspec.ValidationError as problem:
        message, _, path = str(problem).partition(" - at `$")
        field = path.rstrip("`").lstrip(".")
        raise Invalid.field(field, message[:1].lower() + message[1:]) from problem


def _names(shape: type[Struct]) -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(shape))


def _without_nulls(value: Any) -> Any:
    """The value, without the nulls of the objects in its lists."""
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value
