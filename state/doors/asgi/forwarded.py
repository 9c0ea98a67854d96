"""Believes the proxies that are named, and nobody else: who asks, by TLS, below which path."""

import re
from collections.abc import Awaitable
from typing import Any

from django.conf import settings
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from state.doors.asgi.types import WHOLE, Application, Receive, Scope, Send

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")


class Forwarded:
    """Takes ``X-Forwarded-For``, ``-Proto`` and ``-Prefix`` of TRUSTED_PROXIES.

    The doors behind it see the paths they know, whether the proxy has cut the prefix off or not;
    ``root_path`` tells pages what their links begin with.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._prefix: str = settings.LIGHTNING_PATH_PREFIX
        self._behind_proxies = ProxyHeadersMiddleware(
            application, trusted_hosts=settings.TRUSTED_PROXIES
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        client = scope.get("client")
        is_trusted = client is not None and client[0] in self._behind_proxies.trusted_hosts
        prefix = self._prefix or (_forwarded_prefix(scope) if is_trusted else "")
        if prefix:
            scope, send = _below(prefix, scope), _with_whole_location(prefix, send)
        application: Application = self._behind_proxies if is_trusted else self._application
        return application(scope, receive, send)


def _forwarded_prefix(scope: Scope) -> str:
    given = [value for name, value in scope["headers"] if name == b"x-forwarded-prefix"]
    prefix = given[-1].decode("latin-1").strip().rstrip("/") if given else ""
    return prefix if _PATH.fullmatch(prefix) else ""


def _below(prefix: str, scope: Scope) -> Scope:
    path: str = scope["path"]
    if path == prefix or path.startswith(f"{prefix}/"):
        path = path[len(prefix) :] or "/"
    below = {**scope, "path": path}
    below.pop(WHOLE, None)  # a Location is given its prefix in between
    if scope["type"] == "http":
        below["root_path"] = prefix  # sockets make no links, and their router would look for it
    return below


def _with_whole_location(prefix: str, send: Send) -> Send:
    """Adds the prefix to a Location that a door has written without it."""

    def whole(name: bytes, value: bytes) -> tuple[bytes, bytes]:
        start = prefix.encode()
        is_ours = name.lower() == b"location" and value.startswith(b"/")
        if is_ours and not value.startswith((start + b"/", b"//")):
            return name, start + value
        return name, value

    async def send_whole(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = [whole(*header) for header in message.get("headers", [])]
            message = {**message, "headers": headers}
        await send(message)

    return send_whole
