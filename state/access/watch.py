"""Watches the credentials of long connections: one look a worker, however many there are."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, NoReturn

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from state.access.principals import Principal
from state.access.uses import key_uses
from state.domain.errors import Unauthenticated
from state.models import ApiKey
from state.runtime.background import BackgroundTask
from state.runtime.per_loop import of_this_loop
from state.runtime.threads import Threads

LOOK_SECONDS = 1.5
"""An end is in force within 5 s, of which the key ring's memory may have taken 3 at the start."""

_SESSIONS_REMEMBERED = 20_000

_looking = Threads("credentials", 1)


class Credential(NamedTuple):
    """A key by its prefix, or a session by its key and its user; neither for nobody's."""

    key_id: str = ""
    session_key: str = ""
    user_id: int = 0

    @classmethod
    def of(cls, principal: Principal) -> "Credential | None":
        """What the caller came with; None for the anonymous role, which does not end."""
        if principal.key_id:
            return cls(key_id=principal.key_id)
        if principal.user_id is not None:
            return cls(session_key=principal.session_key, user_id=principal.user_id)
        return None


class Watched:
    """The credentials of one long connection."""

    def __init__(self) -> None:
        self._ended = asyncio.Event()

    def end(self) -> None:
        """They count no more."""
        self._ended.set()

    def check(self) -> None:
        """Raises Unauthenticated when they have ended."""
        if self._ended.is_set():
            raise Unauthenticated("The key or session has ended.")

    async def until_ended(self) -> NoReturn:
        """Waits for their end; raises Unauthenticated."""
        await self._ended.wait()
        raise Unauthenticated("The key or session has ended.")


class CredentialWatch:
    """The long connections of one event loop, by their credentials."""

    def __init__(self) -> None:
        self._watched: dict[Credential, set[Watched]] = {}
        self._loop = BackgroundTask("credentials", self._look)

    def close(self) -> None:
        """Nobody is connected to a loop that has ended."""
        self._loop.stop()

    @contextmanager
    def over(self, principal: Principal) -> Iterator[Watched]:
        """Within, the caller's credentials are watched."""
        credential, watched = Credential.of(principal), Watched()
        if credential is None:
            yield watched
            return
        self._watched.setdefault(credential, set()).add(watched)
        self._loop.start()
        try:
            yield watched
        finally:
            others = self._watched[credential]
            others.discard(watched)
            if not others:
                del self._watched[credential]

    async def _look(self) -> float | None:
        if not self._watched:
            return None
        for credential in await _looking.run(ended, list(self._watched)):
            for watched in self._watched.get(credential, ()):
                watched.end()
        return LOOK_SECONDS


def current_watch() -> CredentialWatch:
    """The running loop's watch."""
    return of_this_loop(CredentialWatch)


def ended(credentials: Collection[Credential]) -> list[Credential]:
    """Those that count no more: revoked, expired, signed out, a changed password, a lost account.

    At most a query for all keys, one for all sessions and one for their users.
    """
    keys = {one.key_id for one in credentials if one.key_id}
    living_keys = _living_keys(keys) if keys else set()
    sessions = [one for one in credentials if not one.key_id]
    living_sessions = _living_sessions(sessions) if sessions else set()
    return [
        one
        for one in credentials
        if not (one.key_id in living_keys if one.key_id else one in living_sessions)
    ]


def _living_keys(prefixes: set[str]) -> set[str]:
    living = ApiKey.objects.filter(prefix__in=prefixes, revoked=False)
    living = living.exclude(expiry_date__lte=datetime.now(UTC))
    found = set(living.values_list("prefix", flat=True))
    for prefix in found:
        key_uses.note(prefix)  # a connection that stays open is a use that goes on
    return found


def _living_sessions(credentials: Collection[Credential]) -> set[Credential]:
    stored = dict(
        Session.objects.filter(
            session_key__in=[one.session_key for one in credentials],
            expire_date__gt=datetime.now(UTC),
        ).values_list("session_key", "session_data")
    )
    users = get_user_model()._default_manager.filter(
        pk__in={one.user_id for one in credentials}, is_active=True
    )
    hashes = {user.pk: user.get_session_auth_hash() for user in users}
    living = set()
    for one in credentials:
        user_id, session_hash = _signed_in(stored.get(one.session_key, ""))
        wanted = hashes.get(one.user_id)
        if wanted and user_id == str(one.user_id) and constant_time_compare(session_hash, wanted):
            living.add(one)
    return living


@lru_cache(_SESSIONS_REMEMBERED)
def _signed_in(session_data: str) -> tuple[str, str]:
    """The user of a session, and the hash that changes with the user's password."""
    values = SessionStore().decode(session_data) if session_data else {}
    return str(values.get(SESSION_KEY, "")), str(values.get(HASH_SESSION_KEY, ""))
