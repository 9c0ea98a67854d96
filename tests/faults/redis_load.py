"""Writers on one instance, readers on another: who answers how fast, how well, how old."""

import itertools
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from types import TracebackType

import httpx

from tests.contract.bodies import READY
from tests.rig.server import Server

STALE_SECONDS = 1.0
_AGENTS = 12
_WRITE_EVERY_SECONDS = 0.01
_TIMEOUT_SECONDS = 60.0
# Of 99 requests in a hundred: a machine that stands still holds up one request a thread, but
# three in a hundred ask level 2, and would wait this long if a stalled Redis were waited for.
_QUICK_SECONDS = 1.0
_SLOWEST_SECONDS = 15.0  # of the others: one that waits for Redis without end takes longer


class Load:
    """Runs while the block does, or until ``finish``, which says what went wrong.

    Every agent has one writer. A read that began at a time must show at least the version that
    was acknowledged ``STALE_SECONDS`` before, and no client sees a version go back.
    """

    def __init__(self, written: Server, read: Server, readers: int = 3) -> None:
        self.levels: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.writes = self.reads = 0
        self._written = written
        self._name = uuid.uuid4().hex[:8]
        self._read = read
        self._readers = readers
        self._failures: list[str] = []
        self._acknowledged: list[list[tuple[float, int]]] = [[] for _ in range(_AGENTS)]
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "Load":
        with self._written.client_as("agent") as client:
            for number in range(_AGENTS):
                answer = client.put(self._path(number), json=READY, headers={"If-None-Match": "*"})
                assert answer.status_code == 201, answer.text
                self._acknowledged[number].append((time.monotonic(), 1))
        targets = [self._write, *[self._look] * self._readers]
        self._threads = [threading.Thread(target=target) for target in targets]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def wait_for_reads(self, count: int) -> None:
        """Returns when so many more reads were answered."""
        goal = self.reads + count
        self._wait_for(lambda: self.reads >= goal)

    def wait_for_level(self, level: str, count: int = 20) -> None:
        """Returns when a level has answered so many more reads."""
        goal = self.levels[level] + count
        self._wait_for(lambda: self.levels[level] >= goal)

    def finish(self, *, reads: int = 1000, writes: int = 50) -> None:
        """Goes on until so much was done in all, and ends.

        Raises AssertionError for an error, a stale or backward read, a stall, or too little done.
        """
        self._wait_for(lambda: self.reads >= reads and self.writes >= writes)
        self._end()
        assert not self._failures, self._failures[:5]
        seconds = sorted(self.seconds)
        assert seconds[int(0.99 * len(seconds))] < _QUICK_SECONDS, seconds[-100:]
        assert seconds[-1] < _SLOWEST_SECONDS

    def _wait_for(self, is_done: Callable[[], bool]) -> None:
        """Returns when it is done, or at the first failure: ``finish`` tells that one."""
        ends_at = time.monotonic() + _TIMEOUT_SECONDS
        while not is_done() and not self._failures:
            done = f"{self.reads} reads ({dict(self.levels)}), {self.writes} writes"
            assert time.monotonic() < ends_at, f"too little, and it proves nothing: {done}"
            self._ending.wait(0.02)

    def _end(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        with self._written.client_as("agent") as client:
            for number in itertools.cycle(range(_AGENTS)):
                if self._ending.wait(_WRITE_EVERY_SECONDS):
                    return
                began = time.monotonic()
                answer = client.patch(self._path(number), json={"properties": {"n": self.writes}})
                self._note(began, answer)
                if answer.status_code == 200:
                    version = answer.json()["version"]
                    self._acknowledged[number].append((time.monotonic(), version))
                    self.writes += 1

    def _look(self) -> None:
        shown = [0] * _AGENTS
        with self._read.client_as("viewer") as client:
            for number in itertools.cycle(range(_AGENTS)):
                if self._ending.is_set():
                    return
                began = time.monotonic()
                answer = client.get(self._path(number))
                self._note(began, answer)
                if answer.status_code != 200:
                    continue
                version = answer.json()["version"]
                floor = max(self._known_at(number, began - STALE_SECONDS), shown[number])
                if version < floor:
                    level = answer.headers["X-Cache"]
                    self._failures.append(f"agent {number}: {version} from {level}, not {floor}")
                shown[number] = version
                self.levels[answer.headers["X-Cache"]] += 1
                self.reads += 1

    def _known_at(self, number: int, moment: float) -> int:
        for at, version in reversed(self._acknowledged[number]):
            if at <= moment:
                return version
        return 0

    def _note(self, began: float, answer: httpx.Response) -> None:
        self.seconds.append(time.monotonic() - began)
        if answer.status_code != 200:
            self._failures.append(f"{answer.status_code} {answer.text[:200]}")

    def _path(self, number: int) -> str:
        return f"/api/v1/agents/loaded-{self._name}-{number}"
