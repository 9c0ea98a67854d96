"""The line between a supervisor and a worker: JSON objects, one a line, in both directions."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

_READ_BYTES = 65_536
_LONGEST_LINE_BYTES = 1024 * 1024


class LineClosed(Exception):
    """The other side is gone, or its end is near."""


class Line:
    """One end of the line. The kernel closes it with its process, whatever happened."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._pending = b""

    def tell(self, **members: Any) -> None:
        """Sends one message; nothing when the other side does not take it now, or is gone."""
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            self.connection.sendall(json.dumps(members).encode() + b"\n")

    def hear(self) -> Iterator[dict[str, Any]]:
        """The messages that are here, waiting for some on a blocking socket; raises LineClosed."""
        try:
            part = self.connection.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except ConnectionResetError:
            raise LineClosed from None  # it went before it had read what we sent
        if not part:
            raise LineClosed
        *lines, self._pending = (self._pending + part).split(b"\n")
        if len(self._pending) > _LONGEST_LINE_BYTES:
            raise LineClosed
        for line in lines:
            with suppress(ValueError):  # one that was cut off, since nobody took it in time
                message = json.loads(line)
                if isinstance(message, dict):
                    yield message

    def close(self) -> None:
        self.connection.close()
