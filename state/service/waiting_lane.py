"""The lane of writes whose rows other transactions hold: they wait here and hold up nobody."""

import asyncio
import time
from dataclasses import dataclass

from state.apo.admission import Admission, current
from state.domain.commands import Receipt, Submission
from state.domain.errors import Overloaded
from state.domain.records import RowKey
from state.runtime.threads import Threads
from state.service import writing
from state.store.columns import TABLES
from state.store.connection import HeldUp

_THREADS = 4
_MOST_WAITING = 1024
_TOGETHER = 128


@dataclass(frozen=True, slots=True)
class _Entry:
    submission: Submission
    until: float
    future: "asyncio.Future[Receipt]"
    admission: Admission | None


class WaitingLane:
    """The writes of one event loop that wait, by what they wait for.

    Those that wait for the same row go in one transaction when it is free. A few rows are waited
    for at a time; each write is told Overloaded at its own time.
    """

    def __init__(self) -> None:
        self._threads = Threads("waiting-writer", _THREADS)
        self._waiting: dict[RowKey, list[_Entry]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._count = 0

    def concerns(self, submission: Submission) -> RowKey | None:
        """What the submission needs that others wait for already: it must not get in before them,
        nor make the writer look for it again.
        """
        if not self._waiting:
            return None
        row_keys: list[RowKey] = [(TABLES[one.kind], one.state_id) for one in submission.commands]
        row_keys += [one.row_key for one in submission.all_records]
        return next((row_key for row_key in row_keys if row_key in self._waiting), None)

    async def run(self, submission: Submission, row_key: RowKey, until: float) -> Receipt:
        """The receipt, once the place was free; raises Overloaded after ``until``, a monotonic
        time, or when too many wait.

        It may be held up by another place then.
        """
        if self._count >= _MOST_WAITING:
            raise Overloaded("Too many writes wait for what other transactions hold.")
        future = asyncio.get_running_loop().create_future()
        entry = _Entry(submission, until, future, current.get())
        if row_key in self._waiting:
            self._waiting[row_key].append(entry)
        else:
            self._waiting[row_key] = [entry]
            worker = asyncio.get_running_loop().create_task(self._work(row_key))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        self._count += 1
        try:
            return await entry.future
        finally:
            self._count -= 1

    async def _work(self, row_key: RowKey) -> None:
        """Round after round, until nobody waits for the place."""
        while entries := self._take(row_key):
            try:
                receipts = await self._threads.run(
                    writing.submit_together,
                    [entry.submission for entry in entries],
                    frozenset([row_key]),
                )
            except HeldUp:
                # In vain for now: each is looked at again, until its own time is over.
                self._waiting[row_key][:0] = entries
                for entry in entries:
                    if entry.admission is not None:
                        entry.admission.may_land = False
            except Exception as error:
                for entry in entries:
                    if not entry.future.done():
                        entry.future.set_exception(error)
            else:
                for entry, receipt in zip(entries, receipts, strict=True):
                    if not entry.future.done():
                        entry.future.set_result(receipt)

    def _take(self, row_key: RowKey) -> list[_Entry]:
        """Those whose time is not over; the place is given up when there are none."""
        entries: list[_Entry] = []
        while not entries and self._waiting[row_key]:
            taken = self._waiting[row_key][:_TOGETHER]
            del self._waiting[row_key][:_TOGETHER]
            for entry in taken:
                if entry.future.done():
                    continue
                if time.monotonic() < entry.until:
                    entries.append(entry)
                    if entry.admission is not None:
                        entry.admission.may_land = True
                else:
                    entry.future.set_exception(writing.kept_too_long(row_key))
        if not entries:
            del self._waiting[row_key]
        return entries
