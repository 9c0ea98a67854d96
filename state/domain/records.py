"""Rows that are committed with a write, and answer whoever asks for that write again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from state.domain.commands import Outcome

Values = Mapping[str, Any]
RowKey = tuple[str, ...]
"""A row that a write needs: its table and key, of a record or of a state."""


@dataclass(frozen=True, slots=True, eq=False)
class RecordTable:
    """A table of records: one constant for each.

    ``key`` are the columns of its unique key, all texts. Beside them it has ``digest`` and
    ``outcome``, texts, and ``created_at``. ``types`` are the PostgreSQL types of the columns that
    its records fill themselves (``text`` for JSON too).
    """

    name: str
    key: tuple[str, ...]
    types: Mapping[str, str] = field(default_factory=dict)


def _nothing(outcomes: Sequence["Outcome"], now: datetime) -> Values:
    return {}


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a ``RecordTable``, carried by a submission (``Submission.records``).

    It is claimed when the write's transaction begins (``insert … on conflict do nothing``), filled
    when the write was decided, and committed with it, or it is not there: a refused write leaves
    none. Of two that arrive at once one claims; the other waits for its commit. What comes again
    under the same key, also after a crash between commit and answer, changes nothing and gets a
    ``Receipt`` with ``replayed``:

    - with a ``digest`` (of the request) the first outcomes; another digest under the same key is
      IdempotencyMismatch;
    - without one whatever comes again is the same. The receipt has no outcomes: whoever made the
      record reads its row, which is committed.

    ``values`` are written with the claim, what ``settle`` makes of the outcomes with the answer;
    both by column name, out of the table's ``types``. A submission may have no commands at all:
    then the row alone is committed.
    """

    table: RecordTable
    key: tuple[str, ...]
    digest: str | None = None
    values: Values = field(default_factory=dict)
    settle: Callable[[Sequence["Outcome"], datetime], Values] = _nothing

    @property
    def row_key(self) -> RowKey:
        return (self.table.name, *self.key)


IDEMPOTENCY_KEYS = RecordTable("state_idempotencyrecord", ("caller", "key"))
