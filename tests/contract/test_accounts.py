"""§10: the role admin manages accounts; what logins leave behind is removed."""

import json

import pytest

from tests.contract.admin_pages import Admin
from tests.contract.sessions import signed_in
from tests.rig.backends import Backend
from tests.rig.prepare_database import PASSWORD
from tests.rig.server import Server

pytestmark = pytest.mark.one_place

CHIEF = """
from django.contrib.auth.models import Group, User
user = User.objects.create_user("chief", password=PASSWORD)
user.groups.add(Group.objects.get_or_create(name="admin")[0])
"""
LEFT_BEHIND = """
import json
from datetime import UTC, datetime, timedelta
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from state.service.housekeeping import clean_up

now = datetime.now(UTC)
def session(age):
    store = SessionStore()
    store.set_expiry(now - age)
    store.create()
def attempt(age):
    made = AccessAttempt.objects.create(username="u", failures_since_start=1)
    AccessAttempt.objects.filter(pk=made.pk).update(attempt_time=now - age)
def login(age):
    made = AccessLog.objects.create(username="u")
    AccessLog.objects.filter(pk=made.pk).update(attempt_time=now - age)
for make, old, young in (
    (session, timedelta(seconds=1), -timedelta(hours=1)),
    (attempt, timedelta(hours=25), timedelta(hours=1)),
    (login, timedelta(days=91), timedelta(days=1)),
):
    make(old), make(young)
clean_up(now)
print(json.dumps([kept.objects.count() for kept in (Session, AccessAttempt, AccessLog)]))
"""


def run(backend: Backend, program: str) -> str:
    return backend.manage("shell", "--no-imports", "-v0", "-c", f"{PASSWORD=}\n{program}")


@pytest.mark.slow
def test_the_group_admin_manages_accounts(server: Server) -> None:
    run(server.backend, CHIEF)
    admin = Admin(server, "chief")
    for page in ("auth/user", "auth/group", "axes/accessattempt", "axes/accesslog"):
        assert admin.get(f"/admin/{page}/").status == 200, page
    made = admin.get("/admin/auth/user/add/").submit(
        username="recruit", password1=PASSWORD, password2=PASSWORD, usable_password="true"
    )
    assert made.errors == ""
    assert "Sign out" in signed_in(server, "recruit").get("/").text


def test_what_logins_leave_behind_goes(fresh_backend: Backend) -> None:
    assert json.loads(run(fresh_backend, LEFT_BEHIND)) == [1, 1, 1]
