"""Who is behind an ASGI scope: its key, else its session."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user
from django.http import HttpRequest

from state.access.keys import key_ring, key_text
from state.access.principals import Principal
from state.access.users import anonymous_principal, principal_of_user
from state.runtime.threads import in_thread


async def authenticate_scope(scope: Mapping[str, Any], *, fresh: bool = False) -> Principal | None:
    """The caller behind a WebSocket's scope: its key, else its session; None for nobody.

    Looks the session up anew each time, so that one that has ended is seen; ``fresh`` does so
    with a key too. Raises Unauthenticated for a key that is not valid.
    """
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    text = key_text(headers)
    if text is not None:
        return await in_thread(key_ring.check, text, address_of(scope), fresh=fresh)
    session = scope.get("session")
    principal = await in_thread(_principal_of_session, session) if session is not None else None
    return principal or anonymous_principal()


def address_of(scope: Mapping[str, Any]) -> str:
    """Where a request comes from; empty where the server does not know, as on a Unix socket."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _principal_of_session(session: Any) -> Principal | None:
    if session.session_key is None:
        return None
    request = HttpRequest()
    request.session = session.__class__(session.session_key)  # not type(): it is lazy
    return principal_of_user(get_user(request), session.session_key)
