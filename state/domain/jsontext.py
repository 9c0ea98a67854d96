"""Reads a JSON body as strictly as the contract asks, and writes JSON.

Refused as malformed (400): invalid UTF-8, NaN and Infinity, duplicate keys, lone surrogates.
Refused as invalid (422): NUL characters, integers outside −2^63…2^64−1, numbers too large for a
double, nesting deeper than 100.
"""

import json
import re
from typing import Any

import msgspec

from state.domain.errors import Invalid, Malformed

MAX_DEPTH = 100
INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**64 - 1

# Only a body with one of these can hold a NUL, a huge integer or an overflowing float. Every digit
# is a 0 here, and E an e: a regular expression for the same took half the time of a small body.
_SHAPES = bytes.maketrans(b"123456789E", b"000000000e")
_NINETEEN_DIGITS = b"0" * 19
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LONGEST_INTEGER = 40  # digits; beyond, the value itself does not matter any more


class _DuplicateKey(Exception):
    pass


def _unique_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateKey
    return members


def _refuse_constant(name: str) -> None:
    raise Malformed(f"{name} is not JSON.")


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else 2**70


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique_object, parse_constant=_refuse_constant, parse_int=_integer
)
_encoder = msgspec.json.Encoder()


def holds_more_values_than(limit: int, body: bytes) -> bool:
    """Whether a body has more members, items and containers than this, without reading it.

    The parser keeps the interpreter while it makes values, and a value may take two bytes only.
    Counting them takes a hundredth of the time. What texts hold is no value.
    """
    if len(body) < 2 * limit or _count(body, b",[{") <= limit:
        return False
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    if _count(plain, b'"') > 4 * limit:  # two a text, and a member is two texts at most
        return True
    return _count(b"".join(plain.split(b'"')[::2]), b",[{") > limit


def _count(text: bytes, marks: bytes) -> int:
    """How many of these bytes there are: ``count`` is slow where there are many."""
    return len(text) - len(text.translate(None, marks))


def parse(body: bytes) -> Any:
    """The value of a JSON body; raises Malformed or Invalid."""
    value, is_suspicious = read(body)
    if is_suspicious:
        check_values(value)
    return value


def read(body: bytes) -> tuple[Any, bool]:
    """The value of a JSON body, and whether ``check_values`` has something to look for in it.

    Raises Malformed. For a body of many states, of which each is to be judged on its own.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("The body is not valid UTF-8.") from error
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise Malformed(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except _DuplicateKey as error:
        raise Malformed("An object of the body has the same key twice.") from error
    except RecursionError as error:
        raise Invalid.field("", f"nested deeper than {MAX_DEPTH}") from error
    if "\\u" in text and _SURROGATE.search(text):
        _refuse_lone_surrogates(value)
    may_be_deep = body.count(b"[") + body.count(b"{") > MAX_DEPTH
    return value, may_be_deep or _is_suspicious(body)


def _is_suspicious(body: bytes) -> bool:
    shape = body.translate(_SHAPES)
    return b"\\u" in shape or _NINETEEN_DIGITS in shape or b"e000" in shape or b"e+000" in shape


def check_values(value: Any) -> None:
    """Raises Invalid for a value that is well-formed and cannot be stored."""
    _check(value, "", 1)


def _check(value: Any, path: str, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, dict):
        if depth > MAX_DEPTH:
            raise Invalid.field(path, f"nested deeper than {MAX_DEPTH}")
        for key, member in value.items():
            _check_text(key, path)
            _check(member, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(value, list):
        if depth > MAX_DEPTH:
            raise Invalid.field(path, f"nested deeper than {MAX_DEPTH}")
        for index, member in enumerate(value):
            _check(member, f"{path}[{index}]", depth + 1)
    elif isinstance(value, float):
        if value in (float("inf"), float("-inf")):
            raise Invalid.field(path, "a number too large for a double")
    elif isinstance(value, int) and not INTEGER_MIN <= value <= INTEGER_MAX:
        raise Invalid.field(path, "an integer outside −2^63…2^64−1")


def _check_text(value: str, path: str) -> None:
    if "\x00" in value:
        raise Invalid.field(path, "NUL characters cannot be stored")


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Malformed("The body holds a lone surrogate.") from error
    except RecursionError as error:  # the writer gives up earlier than the reader
        raise Invalid.field("", f"nested deeper than {MAX_DEPTH}") from error


encode = _encoder.encode
decode = msgspec.json.decode
