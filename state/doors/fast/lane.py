"""The ASGI door for API keys: every call of the table, without Django's handler.

Whoever comes without a key, or to another URL, falls through to the application behind it.
"""

from typing import Any

from state.access.keys import key_ring, key_text
from state.access.principals import NOBODY, Principal
from state.access.scopes import address_of
from state.domain.errors import LightningError, TooLarge
from state.doors.asgi.answer import send_answer, send_stream
from state.doors.asgi.body_limit import announces_more
from state.doors.asgi.types import Application, Receive, Scope, Send
from state.operations.calls import frame, table
from state.protocol.call import Call, CallerGone
from state.protocol.request_id import accepted_request_id
from state.service.access import check_key
from state.service.guard import ask_database


class FastLane:
    """Answers the calls of the API that come with a key, and hands everything else on."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            found = table.find(scope["method"], scope["path"])
            if found is not None:
                headers = _headers(scope)
                key = _key_in(headers)
                if key is not None:
                    operation, state_id = found
                    call = AsgiCall(scope, receive, headers, state_id, key)
                    try:
                        answer = await frame.answer(operation, call)
                    except CallerGone:
                        return
                    if answer.stream is None:
                        await send_answer(scope, answer, call.request_id, send)
                    else:
                        await send_stream(answer, call.request_id, send, call.gone())
                    return
        await self._application(scope, receive, send)


class AsgiCall(Call):
    """A call with a key, on an ASGI connection."""

    __slots__ = ("_key", "_receive", "_scope")

    def __init__(
        self, scope: Scope, receive: Receive, headers: dict[str, str], state_id: str, key: str
    ) -> None:
        # Not the dataclass's own: with its defaults it takes a microsecond, and a read thirty.
        self.method = scope["method"]
        self.path = scope["path"]
        self.principal = NOBODY
        self.headers = headers
        self.query_string = scope["query_string"]
        self.body = b""
        self.id = state_id
        self.request_id = accepted_request_id(headers.get("x-request-id"))
        self.trace_id = ""
        self.query = {}
        self._key = key
        self._scope = scope
        self._receive = receive

    def recall(self) -> Principal | None:
        return key_ring.recall(self._key)

    async def authenticate(self) -> Principal:
        key_text(self.headers)  # raises for one that cannot be read
        return await ask_database(check_key, self._key, address_of(self._scope))

    async def read_body(self, limit_bytes: int) -> bytes:
        if announces_more(self._scope, limit_bytes):
            raise TooLarge.above(limit_bytes)
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message: Any = await self._receive()
            if message["type"] == "http.disconnect":
                raise CallerGone
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > limit_bytes:
                raise TooLarge.above(limit_bytes)
            parts.append(part)
            more = message.get("more_body", False)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def gone(self) -> None:
        """Returns when the connection has ended."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _key_in(headers: dict[str, str]) -> str | None:
    """The key that a request comes with, empty when it cannot be read; None: it has none."""
    try:
        return key_text(headers)
    except LightningError:
        return ""


def _headers(scope: Scope) -> dict[str, str]:
    """The request's headers; lines of one name are one list (RFC 9110 §5.3), as Django has it."""
    lines = scope["headers"]
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in lines}
    if len(headers) < len(lines):
        joined: dict[str, list[str]] = {}
        for name, value in lines:
            joined.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        headers = {name: ",".join(values) for name, values in joined.items()}
    return headers
