"""Which role a method of a view needs: viewer to read, agent to write, unless the view says."""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from state.access.principals import Principal
from state.access.users import anonymous_principal
from state.domain.errors import Unauthenticated

if TYPE_CHECKING:
    from rest_framework.views import APIView


def principal_of(request: Request) -> Principal:
    """The caller; raises Unauthenticated when there is none and none is allowed."""
    principal = request.user or anonymous_principal()
    if principal is None:
        raise Unauthenticated("Send an API key: Authorization: Bearer <key>.")
    assert isinstance(principal, Principal)
    return principal


class RolePermission(BasePermission):
    """Checks the caller's role; a view names others in ``roles``, by method."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        method = request.method or "GET"
        default = "viewer" if method in SAFE_METHODS else "agent"
        roles: dict[str, str] = getattr(view, "roles", {})
        principal_of(request).require(roles.get(method, default))
        return True
