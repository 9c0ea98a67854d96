"""A request and its answer, free of any web framework."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from state.access.principals import NOBODY, Principal
from state.domain.errors import TooLarge


class CallerGone(Exception):
    """The connection ended before the request did: there is nobody to answer."""


@dataclass(slots=True)
class Call:
    """One request. Header names are lower case; ``id`` is what the path has for ``{id}``.

    A door makes a subclass that knows its wire. Who calls and the body are asked for by the frame,
    when it is their turn: nothing is read before the caller is known.
    """

    method: str
    path: str
    principal: Principal = NOBODY
    headers: Mapping[str, str] = field(default_factory=dict)
    query_string: bytes = b""
    body: bytes = b""
    id: str = ""
    request_id: str = ""
    trace_id: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    """The parameters, each once; the frame reads them from ``query_string``."""

    def recall(self) -> Principal | None:
        """Who calls, when that is known without waiting."""
        return None

    async def authenticate(self) -> Principal:
        """Who calls; raises Unauthenticated or Forbidden."""
        return self.principal

    async def read_body(self, limit_bytes: int) -> bytes:
        """The body; raises TooLarge, or CallerGone when it breaks off."""
        if len(self.body) > limit_bytes:
            raise TooLarge.above(limit_bytes)
        return self.body

    async def gone(self) -> None:
        """Returns when the caller has gone, which only some doors can tell."""
        await asyncio.Event().wait()


class Answer(Struct):
    """One response; an empty ``media_type`` means there is no body.

    ``stream`` comes in place of the body, for an answer that is made while it is sent.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}
    media_type: str = "application/json"
    stream: AsyncIterator[bytes] | None = None
