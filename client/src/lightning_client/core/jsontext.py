"""JSON as the server takes it: what it would refuse, or alter, is refused here."""

import json
from typing import Any

import msgspec


def encode(value: Any) -> bytes:
    """UTF-8 JSON of plain values, typed states and datetimes.

    Raises:
        ValueError: for NaN and Infinity, which JSON does not have, and lone surrogates.
        TypeError: for what is no JSON.
    """
    plain = msgspec.to_builtins(value)
    return json.dumps(plain, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
