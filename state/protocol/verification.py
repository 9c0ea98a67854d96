"""The calls that judge texts (contract §7): what is asked. Unknown members mean nothing."""

from typing import TypeVar

import msgspec
from msgspec import Struct

from state.domain import jsontext
from state.domain.errors import Invalid
from state.protocol.call import Call

S = TypeVar("S", bound=Struct)


def asked(call: Call, shape: type[S]) -> S:
    """The body as its shape; raises Malformed or Invalid."""
    body = jsontext.parse(call.body)
    try:
        return msgspec.convert(body, shape)
    except msgspec.ValidationError as problem:
        message, _, path = str(problem).partition(" - at `$")
        field = path.rstrip("`").lstrip(".")
        raise Invalid.field(field, message[:1].lower() + message[1:]) from problem
