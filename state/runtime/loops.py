"""How the loops beside the requests fare: what ``/health`` and the metrics read."""

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.db import OperationalError

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What a loop may go through: ``expected`` failures are trouble, but not the loop's own, and
    are followed by a try every ``retry_seconds``.

    A step that is under way for longer than ``silent_after_seconds`` is reported (None: never);
    nothing but unexpected failures for ``give_up_seconds`` ends the worker.
    """

    expected: tuple[type[Exception], ...] = (OperationalError,)
    retry_seconds: float = RETRY_SECONDS
    silent_after_seconds: float | None = 30.0
    give_up_seconds: float = 300.0


class Loops:
    """The loops that run in this process, and how often each has failed."""

    def __init__(self) -> None:
        self.on_hopeless: Callable[[str], None] = _tell_only
        """Ends this worker, for the loop of this name; set by whoever runs the server."""
        self._lock = threading.Lock()
        self._running: list[Loop] = []
        self._failures: Counter[str] = Counter()

    def checks(self) -> dict[str, str]:
        """``ok``, ``failing``, ``silent`` or ``ended`` for each running loop, by name."""
        with self._lock:
            running = list(self._running)
        found: dict[str, str] = {}
        for loop in running:
            if found.get(loop.name, "ok") == "ok":  # of several with one name the worst counts
                found[loop.name] = loop.state
        return found

    def failures(self) -> dict[str, int]:
        """How often a step has failed since the process began, by the loop's name."""
        with self._lock:
            return dict(self._failures)

    def enter(self, loop: "Loop") -> None:
        """The loop runs from now on."""
        with self._lock:
            self._failures[loop.name] += 0  # a loop that never failed is told of as well
            if loop not in self._running:
                self._running.append(loop)

    def leave(self, loop: "Loop") -> None:
        """The loop has ended in order."""
        with self._lock:
            if loop in self._running:
                self._running.remove(loop)

    def count_failure(self, name: str) -> None:
        """A step of the loop of this name has failed."""
        with self._lock:
            self._failures[name] += 1


def _tell_only(name: str) -> None:
    logger.critical("The loop %s does not recover: this process has to be replaced.", name)


loops = Loops()


class Loop(ABC):
    """What a thread and a task have in common: a state, and what follows a failure.

    ``name`` is camelCase, as in ``/health`` and the metrics.
    """

    def __init__(self, name: str, tolerance: Tolerance, registry: Loops) -> None:
        self.name = name
        self.failure: Exception | None = None
        """What the last step failed with; None when it did not."""
        self._tolerance = tolerance
        self._registry = registry
        self._step_began_at: float | None = None
        self._unexpected_since: float | None = None
        self._pause_seconds = RETRY_SECONDS
        self._told: tuple[type[Exception], str] | None = None

    @property
    @abstractmethod
    def is_alive(self) -> bool:
        """Whether somebody runs it."""

    @property
    def state(self) -> str:
        """``ok``, ``failing``, ``silent`` or ``ended``."""
        if not self.is_alive:
            return "ended"
        if self.failure is not None:
            return "failing"
        began, limit = self._step_began_at, self._tolerance.silent_after_seconds
        if began is not None and limit is not None and time.monotonic() - began > limit:
            return "silent"
        return "ok"

    def _step_begins(self) -> None:
        self._step_began_at = time.monotonic()

    def _step_succeeded(self) -> None:
        self._step_began_at = None
        if self.failure is not None:
            logger.info("The loop %s goes on.", self.name)
            self.failure = self._told = self._unexpected_since = None

    def _step_failed(self, error: Exception) -> float:
        """Counts and logs; returns the seconds until the next try."""
        self._step_began_at = None
        self.failure = error
        self._registry.count_failure(self.name)
        expected = isinstance(error, self._tolerance.expected)
        self._tell(error, expected)
        if expected:
            self._unexpected_since = None
            return self._tolerance.retry_seconds
        now = time.monotonic()
        if self._unexpected_since is None:
            self._unexpected_since, self._pause_seconds = now, RETRY_SECONDS
        if now - self._unexpected_since >= self._tolerance.give_up_seconds:
            self._unexpected_since = now
            self._give_up()
        pause = self._pause_seconds
        self._pause_seconds = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return pause

    def _give_up(self) -> None:
        logger.critical("The loop %s does not recover and ends this worker.", self.name)
        self._registry.on_hopeless(self.name)

    def _tell(self, error: Exception, expected: bool) -> None:
        """What was expected in one line, everything else with its traceback; repeated, briefly."""
        text = str(error).strip()
        is_news, self._told = (type(error), text) != self._told, (type(error), text)
        if expected:
            if is_news:
                logger.warning("The loop %s has to wait: %s", self.name, text)
        elif is_news:
            logger.error("The loop %s failed and is tried again.", self.name, exc_info=error)
        else:
            kind = type(error).__name__
            logger.error("The loop %s failed once more: %s: %s", self.name, kind, text)
