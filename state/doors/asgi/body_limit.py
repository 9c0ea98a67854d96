"""Stops a request body that no call could want before it fills memory or disk."""

from typing import Any

from state.domain.errors import TooLarge
from state.doors.asgi.refusal import refuse
from state.doors.asgi.types import TOO_LARGE, Application, Receive, Scope, Send
from state.operations.calls import table

_IGNORED_LIMIT_BYTES = 64 * 1024  # of a call that takes no body
_FORM_LIMIT_BYTES = 16 * 1024 * 1024
"""Of a page's form: the admin's hold whole states, each character of them up to nine bytes."""


def _limit_bytes(scope: Scope) -> int:
    """How large a body may be: a call of the API says so itself."""
    found = table.find(scope["method"], scope["path"])
    if found is None:
        return _FORM_LIMIT_BYTES
    body = found[0].body
    return body.limit_bytes if body is not None else _IGNORED_LIMIT_BYTES


class BodyLimit:
    """Keeps back a body above the limit, whether its length was announced or not.

    The API is handed an empty one and a note in the scope: 401, 403 and 415 are judged before 413
    (contract §11). Pages have no such order: what announces too much is refused here, and what only
    turns out to be too much is cut off, as if its sender had gone.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        limit_bytes = _limit_bytes(scope)
        if announces_more(scope, limit_bytes):
            if not scope["path"].startswith("/api/"):
                await refuse(TooLarge(), scope, receive, send)
                return
            scope[TOO_LARGE] = True
        await self._application(scope, _Limited(scope, receive, limit_bytes), send)


class _Limited:
    """``receive`` for the application: the body up to the limit, then its end, then the caller's.

    What is too much is read all the same and dropped: a client reads no answer while it sends.
    """

    def __init__(self, scope: Scope, receive: Receive, limit_bytes: int) -> None:
        self._scope = scope
        self._receive = receive
        self._left_bytes = -1 if TOO_LARGE in scope else limit_bytes
        self._has_ended = False

    async def __call__(self) -> Any:
        if self._left_bytes >= 0:
            message = await self._receive()
            self._left_bytes -= len(message.get("body", b""))
            if self._left_bytes >= 0:
                return message
            self._scope[TOO_LARGE] = True
        if not self._has_ended:
            self._has_ended = True
            if not self._scope["path"].startswith("/api/"):
                return {"type": "http.disconnect"}  # a form must not be read from its first part
            return {"type": "http.request", "body": b"", "more_body": False}
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return message


def announces_more(scope: Scope, limit_bytes: int) -> bool:
    """Whether a request's Content-Length is above a limit."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit_bytes:
            return True
    return False
