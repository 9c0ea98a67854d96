"""Puts an answer on the wire without Django's response classes."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from state.doors.asgi.types import WHOLE, Scope, Send, WholeAnswer
from state.protocol.call import Answer

_EVERY_ANSWER = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))


def _headers(answer: Answer, request_id: str) -> list[tuple[str, str]]:
    """Every header of an answer, its length included where it may have a body."""
    headers = [("x-request-id", request_id), *_EVERY_ANSWER]
    if answer.media_type:
        headers.append(("content-type", answer.media_type))
    if answer.status not in (204, 304) and answer.stream is None:
        headers.append(("content-length", str(len(answer.body))))
    for name, text in answer.headers.items():
        headers.append((name.lower(), text))
    return headers


def _raw_headers(answer: Answer, request_id: str) -> list[tuple[bytes, bytes]]:
    """An answer's headers as ASGI has them."""
    return [(name.encode(), text.encode()) for name, text in _headers(answer, request_id)]


def head_lines(answer: Answer, request_id: str) -> bytes:
    """The same as the lines of a head; raises ValueError for one that would be two."""
    lines = ""
    for name, text in _headers(answer, request_id):
        if not text.isprintable():
            raise ValueError(f"The header {name} would end within its line.")
        lines += f"{name}: {text}\r\n"
    return lines.encode()


async def send_answer(scope: Scope, answer: Answer, request_id: str, send: Send) -> None:
    """A whole answer: in one piece where the server takes one, else as ASGI has it."""
    whole: WholeAnswer | None = scope.get(WHOLE)
    if whole is None or not whole(answer.status, head_lines(answer, request_id), answer.body):
        await send_in_parts(answer, request_id, send)


async def send_in_parts(answer: Answer, request_id: str, send: Send) -> None:
    """A whole answer as ASGI has it."""
    headers = _raw_headers(answer, request_id)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def send_stream(
    answer: Answer, request_id: str, send: Send, gone: Coroutine[Any, Any, None]
) -> None:
    """An answer that is made while it is sent, as long as ``gone`` does not return."""
    assert answer.stream is not None
    sending = asyncio.ensure_future(_send_pages(answer, answer.stream, request_id, send))
    leaving = asyncio.ensure_future(gone)
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        leaving.cancel()
        sending.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)


async def _send_pages(
    answer: Answer, pages: AsyncIterator[bytes], request_id: str, send: Send
) -> None:
    headers = _raw_headers(answer, request_id)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    async for page in pages:
        await send({"type": "http.response.body", "body": page, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
