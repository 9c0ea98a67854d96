"""Who is calling and what that lets them do (contract §10)."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.http import HttpRequest

from state.domain.errors import Forbidden, Unauthenticated
from state.domain.kinds import Kind
from state.failpoints import reach
from state.models import ApiKey

P = ParamSpec("P")
T = TypeVar("T")

ROLES = ("viewer", "agent", "operator", "admin")
_KEY_CHECK_SECONDS = 3.0  # a revocation is in force everywhere within 5 s
_KEYS_REMEMBERED = 20_000
_KEY_CHARACTERS = 200  # a longer text is no key, and nothing to keep
_NOT_KNOWN = (float("-inf"), None)


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: an API key, a signed-in user, or the anonymous role of a closed network."""

    name: str
    role: str
    agent_id: str = ""
    expires_at: datetime | None = None
    key_id: str = ""
    user_id: int | None = None

    @property
    def scope(self) -> str:
        """Whose idempotency keys these are: names may repeat, keys and users do not."""
        if self.key_id:
            return f"key:{self.key_id}"
        return f"user:{self.user_id}" if self.user_id is not None else "anonymous"

    def may(self, role: str) -> bool:
        """Whether this caller has the role, or a higher one."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def require(self, role: str) -> None:
        """Raises Forbidden below the role."""
        if not self.may(role):
            raise Forbidden(f"This needs the role {role}; {self.name} has {self.role}.")

    def require_write(self, kind: Kind, state_id: str) -> None:
        """Raises Forbidden for a caller who may not write this state."""
        self.require("agent")
        if self.agent_id and kind is Kind.AGENT and state_id != self.agent_id:
            raise Forbidden(f"This key is bound to the agent {self.agent_id}.")


def create_key(
    name: str, role: str, *, agent_id: str = "", expires_in_days: int | None = None
) -> str:
    """Stores a new API key, hashed, and returns its text: the only time it can be seen."""
    expiry = datetime.now(UTC) + timedelta(days=expires_in_days) if expires_in_days else None
    _, key = ApiKey.objects.create_key(name=name, role=role, agent_id=agent_id, expiry_date=expiry)
    return str(key)


class KeyRing:
    """Checks API keys against the database, and remembers the answer for a few seconds.

    Reads take no lock: a dictionary's look-up is one step under the interpreter's lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Principal | None]] = {}

    def recall(self, text: str) -> Principal | None:
        """The caller behind a key that was checked moments ago; None when it was not."""
        until, principal = self._known.get(text, _NOT_KNOWN)
        if principal is None or until < time.monotonic() or _has_expired(principal):
            return None
        return principal

    def check(self, text: str, *, fresh: bool = False) -> Principal:
        """The caller behind a key; raises Unauthenticated. ``fresh`` asks the database."""
        until, principal = self._known.get(text, _NOT_KNOWN)
        if fresh or until < time.monotonic():
            asked_at = time.monotonic()
            principal = self._look_up(text)
            if len(text) <= _KEY_CHARACTERS:
                self._remember(text, asked_at + _KEY_CHECK_SECONDS, principal)
        if principal is None or _has_expired(principal):
            raise Unauthenticated("The API key is not valid.")
        return principal

    def forget(self) -> None:
        """Checks every key anew from now on."""
        with self._lock:
            self._known = {}

    def _remember(self, text: str, until: float, principal: Principal | None) -> None:
        with self._lock:
            if len(self._known) >= _KEYS_REMEMBERED:
                now = time.monotonic()
                kept = {key: known for key, known in self._known.items() if known[0] >= now}
                self._known = kept if len(kept) < _KEYS_REMEMBERED else {}
            self._known[text] = (until, principal)

    @staticmethod
    def _look_up(text: str) -> Principal | None:
        if len(text) > _KEY_CHARACTERS or "\x00" in text or not text.isascii():
            return None
        reach("access.key")
        try:
            key = ApiKey.objects.get_from_key(text)
        except ApiKey.DoesNotExist:
            return None
        assert isinstance(key, ApiKey)
        return Principal(key.name, key.role, key.agent_id, key.expiry_date, key_id=key.prefix)


key_ring = KeyRing()


def _has_expired(principal: Principal) -> bool:
    return principal.expires_at is not None and principal.expires_at <= datetime.now(UTC)


def role_of_user(user: Any) -> str:
    """A user's role: superusers are admins, groups named like a role give it, others view."""
    if user.is_superuser:
        return "admin"
    names = set(user.groups.values_list("name", flat=True))
    return next((role for role in reversed(ROLES) if role in names), "viewer")


def principal_of_user(user: Any) -> Principal | None:
    """The caller behind a signed-in user; None for an anonymous or inactive one."""
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    return Principal(user.get_username(), role_of_user(user), user_id=user.pk)


def anonymous_principal() -> Principal | None:
    """Who a request without credentials is, where the deployment allows one."""
    role = settings.LIGHTNING_ANONYMOUS_ROLE
    return Principal("anonymous", role) if role else None


def key_text(headers: Mapping[str, str]) -> str | None:
    """The API key in a request's headers (lower-case names), or None when there is none.

    Raises Unauthenticated for an Authorization header that carries no bearer key.
    """
    authorization = headers.get("authorization")
    if authorization:
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Unauthenticated("Authorization must be: Bearer <key>.")
        return text.strip()
    return headers.get("x-api-key") or None


def origin_allowed(scope: Mapping[str, Any]) -> bool:
    """Whether a WebSocket comes from this server's own pages, or from no page at all."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin:
        return True
    host = headers.get(b"host", b"").decode("latin-1")
    try:
        return urlsplit(origin).netloc == host or origin in settings.CSRF_TRUSTED_ORIGINS
    except ValueError:  # no URL at all, such as http://[bad
        return False


async def authenticate_scope(scope: Mapping[str, Any], *, fresh: bool = False) -> Principal | None:
    """The caller behind a WebSocket's scope: its key, else its session; None for nobody.

    Looks the session up anew each time, so that one that has ended is seen; ``fresh`` does so
    with a key too. Raises Unauthenticated for a key that is not valid.
    """
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    text = key_text(headers)
    check = sync_to_async(in_own_connection, thread_sensitive=False)
    if text is not None:
        return await check(key_ring.check, text, fresh=fresh)
    session = scope.get("session")
    principal = await check(_principal_of_session, session) if session is not None else None
    return principal or anonymous_principal()


def _principal_of_session(session: Any) -> Principal | None:
    if session.session_key is None:
        return None
    request = HttpRequest()
    request.session = session.__class__(session.session_key)  # not type(): it is lazy
    return principal_of_user(get_user(request))


def in_own_connection(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a call in a pool thread and gives its database connection back."""
    try:
        return call(*args, **kwargs)
    finally:
        connection.close()
