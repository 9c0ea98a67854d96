"""Who calls the DRF door: an API key, or an operator's session with its CSRF check."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from state.access.keys import key_text
from state.access.principals import Principal
from state.access.users import principal_of_user
from state.doors.rest.csrf import ApiCsrfCheck
from state.service.access import check_key


class KeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer <key>`` or ``X-Api-Key: <key>``."""

    def authenticate(self, request: Request) -> tuple[Principal, None] | None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        text = key_text(headers)
        if text is None:
            return None
        return check_key(text, request.META.get("REMOTE_ADDR") or ""), None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="lightning"'


class OperatorSessionAuthentication(SessionAuthentication):
    """A signed-in user; unsafe methods need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        user: AbstractBaseUser | None = getattr(request._request, "user", None)
        # The session and its user are looked up here.
        principal = principal_of_user(user, request._request.session.session_key)
        if principal is None:
            return None
        self.enforce_csrf(request)
        return principal, None

    def enforce_csrf(self, request: Request) -> None:
        check = ApiCsrfCheck(lambda _: None)
        check.process_request(request)
        reason = check.process_view(request, None, (), {})
        if reason:
            raise PermissionDenied(f"CSRF Failed: {reason}")
