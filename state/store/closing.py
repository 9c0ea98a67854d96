"""Keeps a batch's states as they change, and gathers the rows its transaction will write."""

from typing import Any

from state.domain.current import Change, Current, apply_to_current
from state.domain.kinds import Kind
from state.domain.records import Record
from state.store.session import Closing, FactRow, LogRow, Settled


class Ledger:
    """The states a batch has locked, and its changes to them, in order.

    ``rows`` are the states as they stand after the changes so far. What an atomic submission that
    fails has changed is taken back, from the last change to its first.
    """

    def __init__(self, rows: dict[tuple[Kind, str], Current]) -> None:
        self.rows = rows
        self._log: list[LogRow] = []
        self._before: list[Current] = []
        self._settled: list[Settled] = []
        self._forgotten: list[Record] = []

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep: then the transaction is rolled back."""
        return not self._log and not self._settled

    def current(self, kind: Kind, state_id: str) -> Current:
        """A state as it stands; one without a row is not there and was never."""
        return self.rows.get((kind, state_id)) or Current()

    def add(self, change: Change, batch: int | None) -> None:
        before = self.current(change.kind, change.state_id)
        self.rows[change.kind, change.state_id] = apply_to_current(before, change)
        self._log.append(LogRow(change, batch))
        self._before.append(before)

    def mark(self) -> int:
        """A point to go back to."""
        return len(self._log)

    def undo_to(self, mark: int) -> None:
        while len(self._log) > mark:
            change = self._log.pop().change
            self.rows[change.kind, change.state_id] = self._before.pop()

    def settle(self, settled: Settled) -> None:
        self._settled.append(settled)

    def forget(self, record: Record) -> None:
        self._forgotten.append(record)

    def closing(self) -> Closing:
        """All rows to write."""
        closing = Closing(log=self._log, settled=self._settled, forgotten=self._forgotten)
        for entry in self._log:
            change = entry.change
            closing.final[change.kind, change.state_id] = change
            for group, step in ((change.group_before, -1), (change.group_after, 1)):
                if group is not None and change.group_before != change.group_after:
                    key = (change.kind, group)
                    closing.counts[key] = closing.counts.get(key, 0) + step
        unused: dict[Kind, list[str]] = {}
        for (kind, state_id), current in sorted(self.rows.items()):
            if current.version == 0 and current.lease is None:
                unused.setdefault(kind, []).append(state_id)
        closing.unused_rows = unused
        _gather_facts(self._log, closing)
        return closing


def _gather_facts(log: list[LogRow], closing: Closing) -> None:
    """Rows a later change of the same batch ends are inserted as ended."""
    open_rows: dict[tuple[str, str], FactRow] = {}
    for entry in log:
        change = entry.change
        if not change.kind.has_facts:
            continue
        if not change.live:
            _close_all(change, open_rows, closing)
        for fact_id in change.facts.closed:
            row = open_rows.pop((change.state_id, fact_id), None)
            if row is None:
                closing.closed_facts.append((change.state_id, fact_id, change.version))
            else:
                row.valid_to = change.version
        for stored in change.facts.inserted:
            row = FactRow(change.state_id, stored.fact["id"], stored, change.version)
            open_rows[change.state_id, row.fact_id] = row
            closing.inserted_facts.append(row)


def _close_all(change: Change, open_rows: dict[tuple[str, str], Any], closing: Closing) -> None:
    # What was stored before the batch ends with the first deletion in it.
    closing.closed_researches.setdefault(change.state_id, change.version)
    for key in [key for key in open_rows if key[0] == change.state_id]:
        open_rows.pop(key).valid_to = change.version
