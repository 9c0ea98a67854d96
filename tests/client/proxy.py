"""A TCP proxy in front of a server that drops, delays, resets, and answers in its place."""

import random
import socket
import struct
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.rig.ports import free_port

BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops"
NO_UPGRADE = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_RESET = struct.pack("ii", 1, 0)
_BUFFER = 65536


class FlakyProxy:
    """Forwards connections to a port of 127.0.0.1.

    Args:
        trouble: the share of requests that meets one of: a dropped connection before it is sent,
            a reset after it was sent, a 502 in place of its answer, a delay.
        refuse_upgrades: answers WebSocket handshakes with 400, as an old proxy does.
    """

    TROUBLES = ("drop", "reset", "bad_gateway", "delay")

    def __init__(
        self, port: int, *, trouble: float = 0.0, refuse_upgrades: bool = False, seed: int = 1
    ) -> None:
        self._target = port
        self._trouble = trouble
        self._refuse_upgrades = refuse_upgrades
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._is_over = False
        self._threads: list[threading.Thread] = []
        self.connections = 0
        self.troubles: dict[str, int] = dict.fromkeys(self.TROUBLES, 0)
        self.port = free_port()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.break_all()
        for thread in self._threads:
            thread.join(10)

    def break_all(self) -> None:
        """Break every connection now."""
        with self._lock:
            broken = list(self._open)
        for one in broken:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._is_over:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with (
            client,
            suppress(OSError),
            socket.create_connection(("127.0.0.1", self._target)) as server,
        ):
            with self._lock:
                self._open |= {client, server}
            try:
                link = _Link()
                answers = threading.Thread(
                    target=self._forward_answers, args=(server, client, link), daemon=True
                )
                answers.start()
                self._forward_requests(client, server, link)
                with suppress(OSError):
                    server.shutdown(socket.SHUT_RDWR)
                answers.join(10)
            finally:
                with self._lock:
                    self._open -= {client, server}

    def _forward_requests(
        self, client: socket.socket, server: socket.socket, link: "_Link"
    ) -> None:
        while data := client.recv(_BUFFER):
            if self._refuse_upgrades and b"\r\nupgrade: websocket" in data.lower():
                client.sendall(NO_UPGRADE)
                return
            trouble = self._draw(data)
            if trouble == "drop":
                return
            if trouble == "delay":
                time.sleep(self._random.uniform(0.01, 0.3))
            link.trouble = trouble
            server.sendall(data)

    def _forward_answers(self, server: socket.socket, client: socket.socket, link: "_Link") -> None:
        with suppress(OSError):
            while data := server.recv(_BUFFER):
                # The server has done its work; the client does not get to know.
                if link.trouble == "reset":
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    break
                if link.trouble == "bad_gateway":
                    client.sendall(BAD_GATEWAY)
                    break
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def _draw(self, data: bytes) -> str:
        is_request = data[:4] in {b"GET ", b"PUT ", b"POST", b"PATC", b"DELE"}
        with self._lock:
            if not is_request or self._random.random() >= self._trouble:
                return ""
            trouble = self._random.choice(self.TROUBLES)
            self.troubles[trouble] += 1
            return trouble


class _Link:
    """What awaits the answer of one connection's current request."""

    trouble = ""
