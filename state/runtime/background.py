"""Background work that cannot die in silence: a loop in a thread, or in a task of an event loop.

A step that fails is counted and tried again: after trouble that was expected (the database is
away) soon and with one line in the log, after anything else with its traceback and a growing
pause. A loop that brings up nothing but unexpected failures for minutes ends the worker.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable

from django.db import connection

from state.runtime.failpoints import reach
from state.runtime.loops import Loop, Loops, Tolerance, loops

__all__ = ["BackgroundTask", "BackgroundThread", "Tolerance", "loops"]

logger = logging.getLogger(__name__)


class BackgroundThread(Loop):
    """A loop of synchronous steps in a thread of its own, on a database connection of its own.

    Args:
        step: one round; returns how many seconds to pause, which ``wake`` cuts short.
        close: ends what the steps have opened: after a failed one, and at the end. The
            connection is given back after it.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], float],
        *,
        close: Callable[[], None] | None = None,
        first_after_seconds: float = 0.0,
        tolerance: Tolerance | None = None,
        registry: Loops = loops,
    ) -> None:
        super().__init__(name, tolerance or Tolerance(), registry)
        self._step = step
        self._close = close
        self._first_after_seconds = first_after_seconds
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._woken = threading.Event()

    @property
    def is_alive(self) -> bool:
        thread = self._thread
        return thread is not None and thread.is_alive()

    @property
    def is_stopping(self) -> bool:
        """Whether the end was asked for: a step that takes long may look."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Starts the thread; does nothing when it was started already."""
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                self._stopping = threading.Event()  # an earlier thread keeps its own
                self._woken.clear()
                thread = threading.Thread(
                    target=self._run, args=(self._stopping,), name=self.name, daemon=True
                )
                thread.start()
                self._thread = thread
                self._registry.enter(self)

    def wake(self) -> None:
        """Cuts the pause before the next step short."""
        self._woken.set()

    def stop(self, timeout_seconds: float = 2.0) -> None:
        """Ends the thread after the step under way, and waits for it for a while."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopping.set()
            self._woken.set()
            self._registry.leave(self)
        if thread is not None:
            thread.join(timeout_seconds)

    def _run(self, stopping: threading.Event) -> None:
        try:
            self._woken.wait(self._first_after_seconds)
            while not stopping.is_set():
                self._woken.clear()
                if not stopping.is_set():  # asked before the clearing just now
                    self._once(stopping)
            self._let_go()
        except BaseException:
            # An Exception does not get here: what does is nothing that this process can mend.
            logger.critical("The loop %s has ended.", self.name, exc_info=True)
            self._give_up()

    def _once(self, stopping: threading.Event) -> None:
        self._step_begins()
        try:
            reach(f"loop.{self.name}")
            pause_seconds = self._step()
        except Exception as error:
            pause_seconds = self._step_failed(error)
            self._let_go()
            stopping.wait(pause_seconds)
        else:
            self._step_succeeded()
            if pause_seconds > 0 and not stopping.is_set():
                self._woken.wait(pause_seconds)

    def _let_go(self) -> None:
        try:
            if self._close is not None:
                self._close()
        except Exception:
            logger.exception("The loop %s could not let go of what it had opened.", self.name)
        finally:
            connection.close()


class BackgroundTask(Loop):
    """A loop of asynchronous steps: a task of the event loop that starts it.

    Args:
        step: one round; returns how many seconds to pause, or None when nothing is left to do.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[float | None]],
        *,
        tolerance: Tolerance | None = None,
        registry: Loops = loops,
    ) -> None:
        super().__init__(name, tolerance or Tolerance(), registry)
        self._step = step
        self._task: asyncio.Task[None] | None = None

    @property
    def is_alive(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Starts the task; does nothing while it runs."""
        if not self.is_alive:
            self._task = asyncio.get_running_loop().create_task(self._run(), name=self.name)
            self._registry.enter(self)

    def stop(self) -> None:
        """Ends the task at its next await."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self._registry.leave(self)

    async def _run(self) -> None:
        task = asyncio.current_task()
        pause_seconds: float | None = 0.0
        try:
            while pause_seconds is not None:
                await asyncio.sleep(pause_seconds)
                self._step_begins()
                try:
                    reach(f"loop.{self.name}")
                    pause_seconds = await self._step()
                except Exception as error:
                    pause_seconds = self._step_failed(error)
                else:
                    self._step_succeeded()
        finally:
            if self._task is task:
                self._registry.leave(self)
