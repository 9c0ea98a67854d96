"""Refuses a request or a socket before any door has seen it (contract §5, §11)."""

from state.domain.errors import LightningError
from state.doors.asgi.answer import send_in_parts
from state.doors.asgi.types import Receive, Scope, Send
from state.protocol.problems import problem
from state.protocol.request_id import accepted_request_id
from state.protocol.sockets import close_code, refusal_frame


async def refuse(
    refusal: LightningError, scope: Scope, receive: Receive, send: Send, *, closes: bool = True
) -> None:
    """A problem; for a WebSocket an accepted socket, an error frame and a close.

    Args:
        closes: whether the connection ends, since a body was not read or its place is wanted.
    """
    if scope["type"] == "websocket":
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": refusal_frame(refusal)})
        await send({"type": "websocket.close", "code": close_code(refusal)})
        return
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    request_id = accepted_request_id(given)
    answer = problem(refusal, request_id)
    if closes:
        answer.headers["Connection"] = "close"
    # Of an answer in parts the server sees that it closes the connection.
    await send_in_parts(answer, request_id, send)
