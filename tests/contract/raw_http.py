"""Speaks HTTP byte by byte, for requests that no HTTP client would send."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from state.domain.jsontext import decode
from tests.rig.server import Server

_SECONDS = 20.0


@dataclass(frozen=True)
class RawAnswer:
    """An answer, its header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return decode(self.body)


def connected(server: Server) -> socket.socket:
    """A connection to the server."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=_SECONDS)


def head(method: str, path: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The request line and the header lines, each as given, with the empty line."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode()


def exchange(server: Server, request: bytes) -> RawAnswer:
    """The answer to a request sent as it is; the request's connection ends with it."""
    with connected(server) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            headers = {}
            while line := answer.readline().decode("latin-1").strip():
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            body = answer.read(int(headers.get("content-length", 0)))
    return RawAnswer(status, headers, body)
