"""The servers of a client: one is used until it fails, then the next."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lightning_client.core.circuit import Circuit, CircuitState

# A read may be as old as this on an instance that did not make the write (contract §2).
_CACHE_LAG_SECONDS = 2.0


@dataclass(frozen=True)
class Endpoint:
    """One server's address, and its breaker."""

    url: str
    circuit: Circuit = field(compare=False)


class Endpoints:
    """Hands out the server to ask. Safe to use from several threads.

    It stays with one as long as that one answers: an instance always reads its own writes, and
    another may be behind by a second.
    """

    def __init__(
        self,
        urls: Iterable[str],
        new_circuit: Callable[[], Circuit],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._all = [Endpoint(url.rstrip("/"), new_circuit()) for url in urls]
        if not self._all:
            raise ValueError("at least one URL is needed")
        self._clock = clock
        self._lock = threading.Lock()
        self._current = 0
        self._moved_at = -_CACHE_LAG_SECONDS

    @property
    def circuits(self) -> dict[str, CircuitState]:
        """The breakers' states, by URL."""
        return {endpoint.url: endpoint.circuit.state for endpoint in self._all}

    @property
    def retry_in_seconds(self) -> float:
        """How long until one of them may be asked."""
        return min(endpoint.circuit.retry_in_seconds for endpoint in self._all)

    @property
    def moved_lately(self) -> bool:
        """Whether reads have to pass the caches, so that none is older than one before the move."""
        return self._clock() - self._moved_at < _CACHE_LAG_SECONDS

    def pick(self) -> Endpoint | None:
        """The server to ask now; None when every breaker is open."""
        with self._lock:
            start = self._current
            for offset in range(len(self._all)):
                index = (start + offset) % len(self._all)
                if self._all[index].circuit.admit():
                    self._move_to(index)
                    return self._all[index]
        return None

    @property
    def current_url(self) -> str:
        """The server that comes next."""
        return self._all[self._current].url

    def leave(self, endpoint: Endpoint) -> None:
        """Go on with the next server, since this one failed."""
        with self._lock:
            if self._all[self._current] is endpoint:
                self._move_to((self._current + 1) % len(self._all))

    def _move_to(self, index: int) -> None:
        if index != self._current:
            self._current = index
            self._moved_at = self._clock()
