"""Free-form members of a state (properties, metadata, metrics) as rows of name and value."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from dashboard.parts.cells import brief

LINES_OPEN = 8


class Property(Struct, kw_only=True):
    """``text`` is the value on one line; ``block`` its JSON when one line does not hold it."""

    name: str
    text: str
    block: str = ""
    is_long: bool = False


def present_properties(values: Mapping[str, Any]) -> list[Property]:
    return [_property(name, value) for name, value in values.items()]


def _property(name: str, value: Any) -> Property:
    if isinstance(value, dict | list) and value:
        block = json.dumps(value, indent=2, ensure_ascii=False)
        is_long = block.count("\n") >= LINES_OPEN
        return Property(name=name, text=brief(value), block=block, is_long=is_long)
    if isinstance(value, str):
        return Property(name=name, text=value)
    return Property(name=name, text=brief(value))
