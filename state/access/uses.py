"""When API keys were last used: known to within a minute, and written beside the requests."""

import threading
import time

from cachetools import TTLCache
from django.db.models.functions import Now

from state.models import ApiKey
from state.runtime.background import BackgroundThread

WRITE_SECONDS = 3.0
KEPT_FOR_SECONDS = 60.0
"""A key's use is not written again for so long: one write a minute, key and worker."""

_KEYS_REMEMBERED = 20_000
_KEYS_A_STATEMENT = 500


class KeyUses:
    """Notes the keys that are used; a few times a minute they are written together.

    Noted where a key is looked up, which its requests share for some seconds: a request whose key
    is remembered costs nothing here.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due: set[str] = set()
        self._written: TTLCache[str, bool] = TTLCache(
            _KEYS_REMEMBERED, KEPT_FOR_SECONDS, timer=time.monotonic
        )

    def note(self, key_id: str) -> None:
        """This key was used just now."""
        with self._lock:
            if key_id not in self._written and len(self._due) < _KEYS_REMEMBERED:
                self._due.add(key_id)

    def write(self) -> int:
        """Writes the uses that are due, by the database's clock; how many there were."""
        with self._lock:
            due = sorted(self._due)
        for start in range(0, len(due), _KEYS_A_STATEMENT):
            some = due[start : start + _KEYS_A_STATEMENT]
            ApiKey.objects.filter(prefix__in=some).update(last_used_at=Now())
            with self._lock:
                self._due.difference_update(some)
                self._written.update(dict.fromkeys(some, True))
        return len(due)


key_uses = KeyUses()


class KeyUseWriter:
    """Writes the uses of keys again and again, in a thread of its own."""

    def __init__(self) -> None:
        self._loop = BackgroundThread("keyUses", self._round)

    def start(self) -> None:
        """Starts; does nothing when it runs already."""
        self._loop.start()

    def stop(self) -> None:
        """Ends the thread; the uses of the last seconds are not written."""
        self._loop.stop()

    @staticmethod
    def _round() -> float:
        key_uses.write()
        return WRITE_SECONDS
