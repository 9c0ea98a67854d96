"""A request and its answer, free of any web framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from state.access.principals import Principal


@dataclass(slots=True)
class Call:
    """One request. Header names are lower case; ``query`` has the last value of each name.

    ``too_large``: the body passed every limit and was not read; whoever wants it refuses the call,
    after the refusals that come before (contract §11).
    """

    method: str
    path: str
    principal: Principal
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    too_large: bool = False


@dataclass(slots=True)
class Answer:
    """One response; an empty ``media_type`` means there is no body."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
