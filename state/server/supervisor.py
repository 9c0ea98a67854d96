"""Keeps a number of workers running: starts, restarts, replaces and ends them."""

import logging
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from state.server import listener
from state.server.scaler import Scaler
from state.server.worker import GRACE_SECONDS
from state.server.worker_process import WorkerProcess

logger = logging.getLogger(__name__)

_KILL_AFTER_SECONDS = GRACE_SECONDS + 6.0  # the grace, and the end of the background threads
_STABLE_AFTER_SECONDS = 10.0
_FIRST_BACKOFF_SECONDS = 0.5
_LONGEST_BACKOFF_SECONDS = 30.0
_TICK_SECONDS = 1.0
_LETTING_IN_SECONDS = 0.9  # less than a client's pause before it knocks again


class WorkersFailed(Exception):
    """No worker could be started."""


class Supervisor:
    """Owns the worker processes. Everything happens in ``run``'s loop, in one thread.

    Args:
        launch: starts one worker.
        scaler: says how many there shall be.
        on_started: called once, when all of them serve.
        restarts_on_hangup: whether SIGHUP replaces the workers, or ends everything like SIGTERM.
        listeners: what the workers listen on; at the end they stop for good.
    """

    def __init__(
        self,
        launch: Callable[[], WorkerProcess],
        scaler: Scaler,
        on_started: Callable[[], None],
        *,
        restarts_on_hangup: bool,
        listeners: Sequence[socket.socket] = (),
    ) -> None:
        self._launch = launch
        self._scaler = scaler
        self._on_started = on_started
        self._restarts_on_hangup = restarts_on_hangup
        self._listeners = listeners
        self._stop_listening_at: float | None = None
        self._workers: list[WorkerProcess] = []
        self._to_replace: list[WorkerProcess] = []
        self._replacement: WorkerProcess | None = None
        self._ending = False
        self._announced = False
        self._has_served = False
        self._backoff_seconds = 0.0
        self._start_not_before = 0.0
        self._wakeup, self._wakeup_writer = socket.socketpair()

    def run(self) -> None:
        """Returns when a signal has ended it and every worker is gone; raises WorkersFailed."""
        with self._signals():
            try:
                while True:
                    self._bury_the_dead()
                    self._kill_the_late()
                    if self._ending and not self._workers:
                        return
                    if self._ending:
                        self._close_the_door()
                        for worker in self._workers:
                            worker.end()
                    else:
                        self._announce()
                        self._replace()
                        self._scale()
                    self._wait()
            finally:
                listener.stop(self._listeners)
                for worker in self._workers:
                    worker.kill()
                    worker.close()

    def _serving(self) -> list[WorkerProcess]:
        return [worker for worker in self._workers if worker.ending_since is None]

    def _bury_the_dead(self) -> None:
        for worker in list(self._workers):
            worker.hear()
            self._has_served = self._has_served or worker.is_ready
            if worker.exit_code is None:
                continue
            self._workers.remove(worker)
            worker.close()
            if worker in self._to_replace:
                self._to_replace.remove(worker)
            if self._ending:
                continue  # what is measured ends with us
            unexpectedly = worker.ending_since is None
            self._scaler.worker_ended(worker.pid, unexpectedly=unexpectedly)
            if unexpectedly:
                self._died(worker)

    def _died(self, worker: WorkerProcess) -> None:
        if not self._has_served:
            raise WorkersFailed(f"A worker ended at its start with {worker.exit_code}.")
        if worker is self._replacement:
            # What kept this one from starting would keep the next: the old ones go on serving.
            logger.error("The new worker did not start: the restart is given up.")
            self._to_replace.clear()
            self._replacement = None
            return
        if worker.age_seconds > _STABLE_AFTER_SECONDS:
            self._backoff_seconds = 0.0
        logger.warning("Worker %s ended with %s and is replaced.", worker.pid, worker.exit_code)
        self._start_not_before = time.monotonic() + self._backoff_seconds
        self._backoff_seconds = min(
            max(2 * self._backoff_seconds, _FIRST_BACKOFF_SECONDS), _LONGEST_BACKOFF_SECONDS
        )

    def _scale(self) -> None:
        """Starts what is missing, and ends the youngest of those that are too many."""
        if not self._to_replace and self._replacement is None:
            self._scaler.measure([one for one in self._serving() if one.is_ready])
        wanted = self._scaler.wanted
        while len(self._serving()) < wanted and time.monotonic() >= self._start_not_before:
            self._workers.append(self._launch())
        if not self._to_replace and self._replacement is None:
            for worker in self._serving()[wanted:]:
                worker.end()

    def _announce(self) -> None:
        serving = self._serving()
        if not self._announced and serving and all(worker.is_ready for worker in serving):
            self._announced = True
            self._on_started()

    def _replace(self) -> None:
        """One by one, each old worker ends when its replacement serves."""
        if self._replacement is not None and self._replacement.is_ready:
            self._replacement = None
            if self._to_replace:
                self._to_replace.pop(0).end()
        if self._to_replace and self._replacement is None:
            self._replacement = self._launch()
            self._workers.append(self._replacement)

    def _close_the_door(self) -> None:
        """No connection is made from now on; the workers still let in who waits, then none."""
        now = time.monotonic()
        if self._stop_listening_at is None:
            listener.take_no_more(self._listeners)
            self._stop_listening_at = now + _LETTING_IN_SECONDS
        elif now >= self._stop_listening_at:
            listener.stop(self._listeners)

    def _kill_the_late(self) -> None:
        for worker in self._workers:
            since = worker.ending_since
            if since is not None and time.monotonic() - since > _KILL_AFTER_SECONDS:
                logger.error("Worker %s did not end in time and is killed.", worker.pid)
                worker.kill()

    def _wait(self) -> None:
        """Until a signal, a report or the end of a worker, at most for a tick."""
        readable = [self._wakeup, *(worker.report for worker in self._workers)]
        ready, _, _ = select.select(readable, [], [], _TICK_SECONDS)
        if self._wakeup in ready:
            self._wakeup.recv(1024)
        for worker in self._workers:
            if worker.report in ready and not worker.hear():
                # Its side is closed, so it has all but ended: a moment, or this would spin.
                time.sleep(0.01)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        self._wakeup.setblocking(False)
        self._wakeup_writer.setblocking(False)
        handlers = {
            signal.SIGTERM: self._end,
            signal.SIGINT: self._end,
            signal.SIGHUP: self._restart if self._restarts_on_hangup else self._end,
        }
        for number, handler in handlers.items():
            signal.signal(number, handler)
        # Python's handlers run after the system call they interrupt: this ends the select.
        signal.set_wakeup_fd(self._wakeup_writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            self._wakeup.close()
            self._wakeup_writer.close()

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._ending = True

    def _restart(self, number: int, frame: FrameType | None) -> None:
        self._to_replace = self._serving()
