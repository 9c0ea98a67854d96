"""A circuit breaker: stops asking a server that fails, and asks again with one probe."""

import threading
import time
from collections.abc import Callable
from enum import StrEnum


class CircuitState(StrEnum):
    """``closed``: calls pass. ``open``: none does. ``half_open``: one probe is under way."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Circuit:
    """The breaker of one server. Safe to use from several threads.

    It only ever refuses to send; it never answers in the server's place. An answer is a success
    whatever it says: refusals (4xx) and conflicts are the server at work.

    Args:
        failures: so many in a row open it.
        open_seconds: how long it then stays open.
    """

    def __init__(
        self,
        failures: int = 5,
        open_seconds: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._open_seconds = open_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened_at: float | None = None
        self._probe_under_way = False

    @property
    def state(self) -> CircuitState:
        if self._opened_at is None:
            return CircuitState.CLOSED
        if self._probe_under_way or self.retry_in_seconds == 0.0:
            return CircuitState.HALF_OPEN
        return CircuitState.OPEN

    @property
    def retry_in_seconds(self) -> float:
        """How long until the next probe may go; 0 when it may now."""
        opened_at = self._opened_at
        if opened_at is None:
            return 0.0
        return max(0.0, opened_at + self._open_seconds - self._clock())

    def admit(self) -> bool:
        """Whether a call may be sent now; whoever is told yes reports how it went."""
        with self._lock:
            if self._opened_at is None:
                return True
            if self._probe_under_way or self.retry_in_seconds > 0.0:
                return False
            self._probe_under_way = True
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures = 0
            self._opened_at = None
            self._probe_under_way = False

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._probe_under_way or (self._opened_at is None and self._failures >= self._most):
                self._opened_at = self._clock()
            self._probe_under_way = False

    def abandoned(self) -> None:
        """A call was given up before anybody knows how it went."""
        with self._lock:
            self._probe_under_way = False
