"""Who may use the Django admin: callers with the role admin (contract §10)."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from state.access.users import principal_of_user


def is_admin(request: HttpRequest) -> bool:
    """Whether the signed-in user has the role admin."""
    principal = principal_of_user(request.user)
    return principal is not None and principal.may("admin")


class AdminLoginForm(AdminAuthenticationForm):
    """Refuses those whose role is too low before it signs them in."""

    def confirm_login_allowed(self, user: Any) -> None:
        # Django's own asks for is_staff; here the role decides.
        AuthenticationForm.confirm_login_allowed(self, user)
        principal = principal_of_user(user)
        if principal is None or not principal.may("admin"):
            raise ValidationError(
                "The admin is for the role admin. Your account can use the dashboard.",
                code="role",
            )


class ForAdmins:
    """Gives a ModelAdmin's permissions to the role, whatever Django's own tables say."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_admin(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_admin(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request)
