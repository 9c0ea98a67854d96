"""Sends what one turn of the event loop writes to a connection in one go."""

import asyncio
from typing import Any

_HELD_BYTES = 64 * 1024


class CorkedTransport:
    """A transport that holds what is written until the loop's next turn.

    The head and the body of an answer become one system call instead of two, and the answers of
    all requests that one turn served leave together, so that a busy client is woken once for them.
    Larger amounts go at once: memory and back-pressure stay the transport's.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._held_bytes = 0
        self.is_closing = transport.is_closing  # asked for in every answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > _HELD_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hands on what is held."""
        if self._held:
            held, self._held, self._held_bytes = self._held, [], 0
            if not self._transport.is_closing():
                self._transport.write(b"".join(held))

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def write_eof(self) -> None:
        self.flush()
        self._transport.write_eof()
