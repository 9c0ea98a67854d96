"""Judges what concerns every request and socket before a door sees it: its Host, its page."""

from collections.abc import Awaitable

from django.conf import settings

from state.access.hosts import host_allowed
from state.access.keys import key_text
from state.access.origin import is_from_foreign_page
from state.access.users import anonymous_principal
from state.domain.errors import BadHost, Forbidden, LightningError
from state.doors.asgi.refusal import refuse
from state.doors.asgi.types import Application, Receive, Scope, Send

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_HEALTH = "/health"
_API = "/api/"
_NEUTRAL_HOST = (b"host", b"localhost")


class Gate:
    """Refuses a Host that is not ours, and pages of other sites where no key is needed.

    Probes come by address: ``/health`` and what is below it answers whatever the Host.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._names: tuple[str, ...] = tuple(settings.LIGHTNING_ALLOWED_HOSTS)

    # No coroutine of its own, nor have the others in front of the doors: each is felt in a read.
    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        refusal = None
        if scope["path"].startswith(_HEALTH):
            scope = _with_neutral_host(scope)
        else:
            refusal = _judge(scope, self._names)
        if refusal is None:
            return self._application(scope, receive, send)
        return refuse(refusal, scope, receive, send)


def _judge(scope: Scope, names: tuple[str, ...]) -> LightningError | None:
    for name, value in scope["headers"]:
        if name == b"host":
            if not host_allowed(value.decode("latin-1"), names):
                return BadHost()
            break
    if scope["type"] == "http" and scope["method"] not in _SAFE_METHODS:
        return _judge_page(scope)
    return None


def _judge_page(scope: Scope) -> LightningError | None:
    """A page of another site may not act by what the anonymous role may do here.

    With a key it acts by that, and with a session the doors ask for the CSRF token.
    """
    if (
        scope["path"].startswith(_API)
        and anonymous_principal() is not None
        and not _has_key(scope)
        and is_from_foreign_page(scope)
    ):
        return Forbidden("A page of another site may not do this without an API key.")
    return None


def _has_key(scope: Scope) -> bool:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        return key_text(headers) is not None
    except LightningError:
        return True  # one that cannot be read; whoever reads it will say so


def _with_neutral_host(scope: Scope) -> Scope:
    """Django would judge the name as well."""
    headers = [header for header in scope["headers"] if header[0] != b"host"]
    return {**scope, "headers": [*headers, _NEUTRAL_HOST]}
