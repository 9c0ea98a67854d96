"""What both drivers have in common: headers, limits, what a failed handshake means."""

import ssl
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException

from lightning_client.core.call import Failure
from lightning_client.core.watching import NoWebSocket
from lightning_client.version import VERSION

WEBSOCKET_ERRORS = (OSError, TimeoutError, WebSocketException)
_SERVER_ERRORS = 500


def headers_of(key: str | None) -> dict[str, str]:
    """What every request carries."""
    named = {"User-Agent": f"lightning-client/{VERSION}", "Accept": "application/json"}
    return {**named, "Authorization": f"Bearer {key}"} if key else named


@cache
def tls_context() -> ssl.SSLContext:
    """Made once a process: it takes longer than many calls together."""
    return httpx.create_ssl_context()


def limits_of(max_connections: int) -> httpx.Limits:
    return httpx.Limits(
        max_connections=max_connections,
        max_keepalive_connections=max_connections,
        # Shorter than servers and balancers keep idle connections, so that few die in our hands.
        keepalive_expiry=4.0,
    )


def socket_options(key: str | None, ping_seconds: float, timeout_seconds: float) -> dict[str, Any]:
    return {
        "additional_headers": {"Authorization": f"Bearer {key}"} if key else {},
        "open_timeout": timeout_seconds,
        "ping_interval": ping_seconds,
        "ping_timeout": ping_seconds,
        "close_timeout": 1.0,
        "max_size": None,
        "compression": None,
    }


def handshake_failure(error: Exception) -> Failure:
    """A failure to connect; a refusal by something that is not the server's means polling."""
    is_refused = isinstance(error, InvalidHandshake)
    is_down = isinstance(error, InvalidStatus) and error.response.status_code >= _SERVER_ERRORS
    if is_refused and not is_down:
        return Failure(NoWebSocket(str(error)))
    return Failure(error)


def header_bytes(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Header values in UTF-8: a reason may be in any language."""
    return [(name.encode("ascii"), value.encode()) for name, value in headers.items()]


class LineSplitter:
    """Cuts a stream of bytes into lines at ``\\n`` alone: JSON may hold other line separators."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        return iter(lines)

    def end(self) -> bytes:
        return self._rest
