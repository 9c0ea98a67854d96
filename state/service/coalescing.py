"""Gathers single calls into batches: what arrives while one runs is the next."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from msgspec import Struct

from state.apo.admission import Admission, current
from state.apo.limiter import Limiter

In = TypeVar("In")
Out = TypeVar("Out")


class _Entry(Struct, Generic[In, Out], eq=False):
    item: In
    future: "asyncio.Future[Out]"
    admission: Admission | None


class Coalescer(Generic[In, Out]):
    """Gathers single calls into batches for a function that runs in one thread of its own.

    The thread takes what waits as soon as it has done with the last batch, without asking the
    loop: under load two turns of a busy loop take as long as a commit. The thread keeps its
    database connection. A batch that raises fails every call in it.

    A batch is one executing operation: it has a slot of the limiter for as long as the thread is
    busy, unless somebody else waits for one; then it stands behind them with the next batch.

    Args:
        lands: whether what is under way may take effect although its caller was refused.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[Sequence[In]], Sequence[Out]],
        most: int,
        limiter: Limiter,
        weigh: Callable[[In], int] = lambda _: 1,
        *,
        lands: bool = False,
    ) -> None:
        self._run = run
        self._most = most
        self._limiter = limiter
        self._weigh = weigh
        self._lands = lands
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._waiting: list[_Entry[In, Out]] = []
        self._is_busy = False
        limiter.count_line(self._waiting.__len__)

    async def call(self, item: In) -> Out:
        """The result for one item, from the batch it goes with; raises Overloaded."""
        loop = asyncio.get_running_loop()
        admission = current.get()
        if admission is not None and (self._is_busy or self._limiter.is_full):
            admission.require_room()
        entry: _Entry[In, Out] = _Entry(item, loop.create_future(), admission)
        with self._lock:
            self._waiting.append(entry)
            starts, self._is_busy = not self._is_busy, True
        if starts:
            self._start(loop)
        try:
            return await entry.future
        except asyncio.CancelledError:
            self._withdraw(entry)
            raise

    def close(self) -> None:
        """Ends the thread, after what waits."""
        self._thread.shutdown(wait=False)

    def _withdraw(self, entry: _Entry[In, Out]) -> None:
        """What still waits when its caller's time is over never runs."""
        if entry.admission is None:
            return
        with self._lock:
            if entry in self._waiting:
                self._waiting.remove(entry)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._limiter.try_acquire():
            self._thread.submit(self._drain, loop)
        else:
            self._starting = loop.create_task(self._start_in_turn(loop))

    async def _start_in_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        await self._limiter.turn()
        self._thread.submit(self._drain, loop)

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the thread: batch after batch, until nobody waits, or somebody else has the turn."""
        while batch := self._take():
            futures = [entry.future for entry in batch]
            try:
                results = self._run([entry.item for entry in batch])
            except Exception as error:
                loop.call_soon_threadsafe(_fail, futures, error)
            else:
                loop.call_soon_threadsafe(_settle, futures, results)
            if self._limiter.has_waiting:
                loop.call_soon_threadsafe(self._give_way, loop)
                return
        loop.call_soon_threadsafe(self._limiter.release)

    def _give_way(self, loop: asyncio.AbstractEventLoop) -> None:
        self._limiter.release()
        with self._lock:
            self._is_busy = bool(self._waiting)
        if self._is_busy:
            self._start(loop)

    def _take(self) -> list[_Entry[In, Out]]:
        with self._lock:
            count = self._fitting()
            batch = self._waiting[:count]
            del self._waiting[:count]
            self._is_busy = bool(batch)
            if self._lands:
                for entry in batch:
                    if entry.admission is not None:
                        entry.admission.may_land = True
            return batch

    def _fitting(self) -> int:
        """How many of those who wait fit into one batch: one at least."""
        weight = 0
        for count, entry in enumerate(self._waiting):
            weight += self._weigh(entry.item)
            if weight > self._most:
                return max(count, 1)
        return len(self._waiting)


def _settle(futures: Sequence[asyncio.Future[Out]], results: Sequence[Out]) -> None:
    for future, result in zip(futures, results, strict=True):
        if not future.done():  # its caller may have gone
            future.set_result(result)


def _fail(futures: Sequence[asyncio.Future[Out]], error: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error)
