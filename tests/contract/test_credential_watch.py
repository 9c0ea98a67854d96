"""§10: what ends a long connection's credentials, asked for all of them at once."""

import json

from tests.rig.backends import Backend

MEASURE = """
import json
from datetime import UTC, datetime
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from state.access.issuing import KeyWish, create_key
from state.access.watch import Credential, ended
from state.models import ApiKey

def session_of(user):
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return Credential(session_key=store.session_key, user_id=user.pk)

def measure():
    with CaptureQueriesContext(connection) as queries:
        gone = ended(list(names.values()))
    return [len(queries), sorted(name for name, one in names.items() if one in gone)]

now = datetime.now(UTC)
names = {}
for name in ("kept", "revoked", "expired"):
    made, _ = create_key(KeyWish(f"watch {name}", "viewer"), "test")
    names[f"{name} key"] = Credential(key_id=made.prefix)
users = {name: User.objects.create_user(f"watch-{name}", password="x") for name in
         ("kept", "signed out", "timed out", "new password", "inactive")}
for name, user in users.items():
    names[f"{name} session"] = session_of(user)
few = measure()
for number in range(100):
    names[f"session {number}"] = session_of(users["kept"])
many = measure()
ApiKey.objects.filter(name="watch revoked").update(revoked=True)
ApiKey.objects.filter(name="watch expired").update(expiry_date=now)
Session.objects.get(pk=names["signed out session"].session_key).delete()
Session.objects.filter(pk=names["timed out session"].session_key).update(expire_date=now)
users["new password"].set_password("y")
users["new password"].save()
User.objects.filter(pk=users["inactive"].pk).update(is_active=False)
print(json.dumps({"few": few, "many": many, "then": measure()}))
"""


def test_each_end_is_seen_and_many_connections_cost_as_many_queries_as_few(
    backend: Backend,
) -> None:
    measured = json.loads(backend.manage("shell", "--no-imports", "-v0", "-c", MEASURE))
    assert measured["few"] == measured["many"] == [3, []]
    assert measured["then"] == [
        3,
        [
            "expired key",
            "inactive session",
            "new password session",
            "revoked key",
            "signed out session",
            "timed out session",
        ],
    ]
