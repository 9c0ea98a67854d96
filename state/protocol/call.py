"""A request and its answer, free of any web framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from state.access import Principal


@dataclass(slots=True)
class Call:
    """One request. Header names are lower case; ``query`` has the last value of each name."""

    method: str
    path: str
    principal: Principal
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True)
class Answer:
    """One response; an empty ``media_type`` means there is no body."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
