"""A body in its shape, or a refusal that names every member that is wrong."""

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from state.domain import jsontext
from state.domain.errors import Invalid, many_invalid
from state.domain.errors import error as field_error

S = TypeVar("S", bound=Struct)


def converted(body: Any, shape: type[S]) -> S:
    """The body in its shape; raises Invalid with every member that is wrong."""
    jsontext.check_values(body)
    if not isinstance(body, dict):
        raise Invalid.field("", "the body must be a JSON object")
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    errors = [field_error(name, "is not known here") for name in body if name not in fields]
    for name, field in fields.items():
        if name not in body:
            if field.required:
                errors.append(field_error(name, "is required"))
            continue
        try:
            msgspec.convert(body[name], field.type)
        except msgspec.ValidationError as problem:
            errors.append(field_error(name, str(problem)))
    if errors:
        raise many_invalid(errors)
    return msgspec.convert(body, shape)
