"""API keys: found in a request's headers, and checked."""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime

from state.access.guessing import Guessing
from state.access.principals import Principal
from state.access.uses import key_uses
from state.domain.errors import Unauthenticated
from state.models import ApiKey

_KEY_CHECK_SECONDS = 3.0  # a revocation is in force everywhere within 5 s
_KEYS_REMEMBERED = 20_000
_KEY_CHARACTERS = 200  # a longer text is no key, and nothing to keep
_UNKNOWN_REMEMBERED = 2_000
_NOT_KNOWN = (float("-inf"), None)


class KeyRing:
    """Checks API keys against the database, and remembers the answer for a few seconds.

    Reads take no lock: a dictionary's look-up is one step under the interpreter's lock. Unknown
    texts are remembered apart, so that nobody can crowd the keys out by inventing some.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Principal]] = {}
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._guessing = Guessing()

    def recall(self, text: str) -> Principal | None:
        """The caller behind a key that was checked moments ago; None when it was not."""
        until, principal = self._known.get(text, _NOT_KNOWN)
        if principal is None or until < time.monotonic() or _has_expired(principal):
            return None
        return principal

    def check(self, text: str, address: str, *, fresh: bool = False) -> Principal:
        """The caller behind a key.

        Args:
            address: where the request comes from: so many unknown keys are looked up for one.
            fresh: asks the database.

        Raises:
            Unauthenticated: there is no such key, or it has expired.
            RateLimited: too many unknown keys came from this address.
        """
        principal = None if fresh else self.recall(text)
        if principal is None:
            principal = self._ask(text, address)
        if principal is None or _has_expired(principal):
            raise Unauthenticated("The API key is not valid.")
        return principal

    def forget(self) -> None:
        """Checks every key anew from now on."""
        with self._lock:
            self._known = {}
            self._unknown.clear()

    def _ask(self, text: str, address: str) -> Principal | None:
        asked_at = time.monotonic()
        if not _may_be_a_key(text) or self._unknown.get(text, 0.0) > asked_at:
            return None
        if text not in self._known:  # what was a key moments ago is no guess
            self._guessing.require_try(address)
        principal = self._look_up(text)
        if principal is None:
            self._guessing.spend(address)
        self._remember(text, asked_at + _KEY_CHECK_SECONDS, principal)
        return principal

    def _remember(self, text: str, until: float, principal: Principal | None) -> None:
        with self._lock:
            if principal is None:
                self._known.pop(text, None)
                self._unknown[text] = until
                self._unknown.move_to_end(text)
                if len(self._unknown) > _UNKNOWN_REMEMBERED:
                    self._unknown.popitem(last=False)
                return
            self._unknown.pop(text, None)
            if len(self._known) >= _KEYS_REMEMBERED:
                now = time.monotonic()
                kept = {key: known for key, known in self._known.items() if known[0] >= now}
                self._known = kept if len(kept) < _KEYS_REMEMBERED else {}
            self._known[text] = (until, principal)

    @staticmethod
    def _look_up(text: str) -> Principal | None:
        try:
            key = ApiKey.objects.get_from_key(text)
        except ApiKey.DoesNotExist:
            return None
        assert isinstance(key, ApiKey)
        key_uses.note(key.prefix)
        return Principal(key.name, key.role, key.agent_id, key.expiry_date, key_id=key.prefix)


key_ring = KeyRing()


def _may_be_a_key(text: str) -> bool:
    return len(text) <= _KEY_CHARACTERS and "\x00" not in text and text.isascii()


def _has_expired(principal: Principal) -> bool:
    return principal.expires_at is not None and principal.expires_at <= datetime.now(UTC)


def key_text(headers: Mapping[str, str]) -> str | None:
    """The API key in a request's headers (lower-case names), or None when there is none.

    Other schemes than Bearer are somebody else's, such as a proxy's Basic, and are passed over.
    Raises Unauthenticated for a Bearer without a key.
    """
    scheme, _, text = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        if not text.strip():
            raise Unauthenticated("Authorization must be: Bearer <key>.")
        return text.strip()
    return headers.get("x-api-key") or None
