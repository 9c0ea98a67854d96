"""Stops a request body that no call could want before it fills memory or disk."""

from typing import Any

from state.api.middleware import accepted_request_id
from state.asgi_types import Application, Receive, Scope, Send
from state.domain.errors import TooLarge
from state.protocol.headers import BATCH_LIMIT_BYTES
from state.protocol.problems import problem


class BodyLimit:
    """Answers 413 by the announced length; a body that grows past it unannounced is cut off."""

    def __init__(self, application: Application, limit_bytes: int = BATCH_LIMIT_BYTES) -> None:
        self._application = application
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._application(scope, receive, send)
            return
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > self._limit_bytes:
                await _refuse(scope, send)
                return
        received = 0

        async def limited() -> Any:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return {"type": "http.disconnect"} if received > self._limit_bytes else message

        await self._application(scope, limited, send)


async def _refuse(scope: Scope, send: Send) -> None:
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    request_id = accepted_request_id(given)
    answer = problem(TooLarge(), request_id)
    headers = [
        (b"content-type", answer.media_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-request-id", request_id.encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
