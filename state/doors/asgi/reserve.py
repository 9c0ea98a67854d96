"""Keeps the last connections of a full instance for its health and for its operators."""

from collections.abc import Awaitable

from channels.sessions import SessionMiddlewareStack
from django.db import Error

from state.access.scopes import authenticate_scope
from state.domain.errors import LightningError, Overloaded
from state.doors.asgi.refusal import refuse
from state.doors.asgi.types import RESERVED, Application, Receive, Scope, Send

_FOR_EVERYBODY = ("/health", "/accounts/login/", "/static/")


class Reserve:
    """Serves what comes on a reserved connection only if it is for those it is kept for."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._operators_only = SessionMiddlewareStack(_OperatorsOnly(application))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        application: Application = self._application
        if RESERVED in scope and not scope["path"].startswith(_FOR_EVERYBODY):
            application = self._operators_only
        return application(scope, receive, send)


class _OperatorsOnly:
    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if await _is_operators(scope):
            await self._application(scope, receive, send)
        else:
            full = Overloaded("Every connection of this instance is taken.")
            await refuse(full, scope, receive, send)


async def _is_operators(scope: Scope) -> bool:
    try:
        principal = await authenticate_scope(scope)
    except (LightningError, Error):
        return False
    return principal is not None and principal.may("operator")
