"""The admin's pages of accounts, their groups and their logins: for the role, like the others."""

from axes.admin import AccessAttemptAdmin, AccessLogAdmin
from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from state.admin.access import ForAdmins

# Django asks its own tables of permissions, in which only superusers have any.
admin.site.unregister([User, Group, AccessAttempt, AccessLog])


@admin.register(User)
class AccountAdmin(ForAdmins, UserAdmin):  # type: ignore[type-arg]
    """Accounts; the groups viewer, agent, operator and admin give their role."""


@admin.register(Group)
class RoleAdmin(ForAdmins, GroupAdmin):
    """Groups, of which those named like a role give it."""


class _Read(ForAdmins):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(AccessAttempt)
class FailedLoginAdmin(_Read, AccessAttemptAdmin):  # type: ignore[misc]
    """Logins that failed; to delete one lifts its lockout."""


@admin.register(AccessLog)
class LoginAdmin(_Read, AccessLogAdmin):  # type: ignore[misc]
    """Logins."""
