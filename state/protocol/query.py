"""Query parameters: each known, each once, none empty where that means nothing (contract §2)."""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qsl

from state.domain.errors import BadFilter, Malformed
from state.protocol.call import Call

_MOST_PARAMETERS = 1000


class _Parameter(Protocol):
    """What the rules ask of a parameter."""

    @property
    def required(self) -> bool: ...

    @property
    def may_be_empty(self) -> bool: ...


def parse_query(query_string: bytes) -> list[tuple[str, str]]:
    """Names and values in the order sent; raises BadFilter for more than any call could have."""
    if query_string.count(b"&") >= _MOST_PARAMETERS:
        raise BadFilter(f"More than {_MOST_PARAMETERS} query parameters.")
    return parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)


def says_true(query_string: bytes, name: str) -> bool:
    """Whether a parameter is ``true``, for a look before the parameters are judged."""
    if name.encode() not in query_string and b"%" not in query_string:
        return False
    try:
        return (name, "true") in parse_query(query_string)
    except BadFilter:
        return False


def read_flag(call: Call, name: str) -> bool:
    """A parameter that is ``true`` or ``false``; raises BadFilter for anything else."""
    value = call.query.get(name, "false")
    if value not in ("true", "false"):
        raise BadFilter(f"{name}: must be true or false.")
    return value == "true"


def read_query(query_string: bytes, known: Mapping[str, _Parameter]) -> dict[str, str]:
    """The parameters by name; raises BadFilter, or Malformed for one that says nothing."""
    query: dict[str, str] = {}
    for name, value in parse_query(query_string):
        parameter = known.get(name)
        if parameter is None:
            raise BadFilter(f"{name[:80]}: not a parameter of this call.")
        if name in query:
            raise BadFilter(f"{name}: given twice.")
        if not value and not parameter.may_be_empty:
            raise Malformed(f"The parameter {name} must not be empty.")
        query[name] = value
    for name, parameter in known.items():
        if parameter.required and name not in query:
            raise Malformed(f"The parameter {name} is required.")
    return query
