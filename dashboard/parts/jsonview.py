"""JSON as people read it: indented, every number as it is stored."""

from typing import Any

import msgspec


def pretty(value: Any) -> str:
    """A decoded value as indented JSON."""
    return pretty_text(msgspec.json.encode(value))


def pretty_text(document: bytes) -> str:
    """The same of JSON text: the numbers in it are not touched."""
    return msgspec.json.format(document, indent=2).decode()
