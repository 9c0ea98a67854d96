"""Which pages a WebSocket may come from."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings


def origin_allowed(scope: Mapping[str, Any]) -> bool:
    """Whether a WebSocket comes from this server's own pages, or from no page at all."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin:
        return True
    host = headers.get(b"host", b"").decode("latin-1")
    try:
        return urlsplit(origin).netloc == host or origin in settings.CSRF_TRUSTED_ORIGINS
    except ValueError:  # no URL at all, such as http://[bad
        return False
