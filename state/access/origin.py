"""Which pages may use this server: one rule for forms, for the API and for sockets."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.http import is_same_domain

_PORTS = {"http": 80, "https": 443}
_SECURE = ("https", "wss")
_FOREIGN = ("cross-site", "same-site")


def origin_allowed(scope: Mapping[str, Any]) -> bool:
    """Whether a request or a WebSocket comes from a page of ours, or from no page at all."""
    headers = _headers(scope)
    origin = headers.get(b"origin", b"").decode("latin-1")
    return not origin or origin_is_ours(
        origin, headers.get(b"host", b"").decode("latin-1"), scope.get("scheme") in _SECURE
    )


def origin_is_ours(origin: str, host: str, is_secure: bool) -> bool:
    """Whether an Origin is the server's own or one of CSRF_TRUSTED_ORIGINS.

    A port that its scheme has by default may be left out on either side; letter case means nothing.
    ``https`` counts where the server sees plain HTTP: a proxy before it may have taken the TLS off.

    Args:
        host: the request's Host.
        is_secure: whether the request came by TLS, as far as is known.
    """
    parts = _parse(origin)
    if parts is None:
        return False
    scheme, name, port = parts
    own = _parse(f"{scheme}://{host}")
    if own == parts and (scheme == "https" or not is_secure):
        return True
    return any(
        scheme == trusted_scheme and port == trusted_port and is_same_domain(name, pattern)
        for trusted_scheme, pattern, trusted_port in _trusted(tuple(settings.CSRF_TRUSTED_ORIGINS))
    )


def is_from_foreign_page(scope: Mapping[str, Any]) -> bool:
    """Whether a browser says that the page of another site makes this request."""
    if not origin_allowed(scope):
        return True
    headers = _headers(scope)
    return b"origin" not in headers and (
        headers.get(b"sec-fetch-site", b"").decode("latin-1").strip().lower() in _FOREIGN
    )


def _headers(scope: Mapping[str, Any]) -> dict[bytes, bytes]:
    return dict(scope["headers"])


Parts = tuple[str, str, int]


def _parse(origin: str) -> Parts | None:
    """Scheme, name and port in one spelling; None for what is no web origin, such as ``null``."""
    try:
        parts = urlsplit(origin.lower())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]


@lru_cache(8)
def _trusted(origins: tuple[str, ...]) -> tuple[Parts, ...]:
    """The trusted origins; ``https://*.example.org`` becomes the pattern ``.example.org``."""
    found = (_parse(origin) for origin in origins)
    return tuple(
        (scheme, name.removeprefix("*"), port) for scheme, name, port in filter(None, found)
    )
