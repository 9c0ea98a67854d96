"""The callers behind a signed-in user, and behind nobody."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from state.access.principals import ROLES, Principal


def role_of_user(user: Any) -> str:
    """A user's role: superusers are admins, groups named like a role give it, others view."""
    if user.is_superuser:
        return "admin"
    names = set(user.groups.values_list("name", flat=True))
    return next((role for role in reversed(ROLES) if role in names), "viewer")


def principal_of_user(user: Any, session_key: str | None = None) -> Principal | None:
    """The caller behind a signed-in user; None for an anonymous or inactive one."""
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    return Principal(
        user.get_username(), role_of_user(user), user_id=user.pk, session_key=session_key or ""
    )


def address_of_request(request: HttpRequest) -> str | None:
    """Where a login comes from: the connection's address, or what a trusted proxy says of it."""
    return request.META.get("REMOTE_ADDR") or None


def anonymous_principal() -> Principal | None:
    """Who a request without credentials is, where the deployment allows one."""
    role = settings.LIGHTNING_ANONYMOUS_ROLE
    return Principal("anonymous", role) if role else None
