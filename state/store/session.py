"""What the store needs of a database: one transaction's reads and writes, batched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from state.domain.current import Change, Current
from state.domain.facts_edit import StoredFact
from state.domain.kinds import Kind
from state.domain.records import Record, RowKey, Values

Ids = Mapping[Kind, Sequence[str]]


@dataclass(slots=True)
class Opening:
    """What a transaction begins with; every sequence is sorted, so that nothing deadlocks."""

    records: Sequence[Record]
    creatable: Ids
    locked: Ids
    awaited: frozenset[RowKey] = frozenset()
    """Rows and records that others hold: they are waited for, everything else is not."""


@dataclass(slots=True)
class Opened:
    """The database's time, the rows now locked, and the records that nobody had made before."""

    now: datetime
    rows: dict[tuple[Kind, str], Current]
    fresh: set[RowKey]
    held_up: set[RowKey] = field(default_factory=set)
    """Rows and records that another transaction holds: whoever needs them has to wait."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a record was made for before; ``outcome`` is empty while that still runs."""

    digest: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Settled:
    """A record with its answer, and what it makes of the outcomes."""

    record: Record
    outcome: str
    values: Values


class FactRow(Struct):
    """A row to insert into the facts: one version of one fact."""

    research_id: str
    fact_id: str
    stored: StoredFact
    valid_from: int
    valid_to: int | None = None


class LogRow(Struct):
    """A change, and the number its atomic batch shares (None outside of one)."""

    change: Change
    batch: int | None


@dataclass(slots=True)
class Closing:
    """Everything a transaction writes, in one go."""

    final: dict[tuple[Kind, str], Change] = field(default_factory=dict)
    log: list[LogRow] = field(default_factory=list)
    closed_facts: list[tuple[str, str, int]] = field(default_factory=list)
    closed_researches: dict[str, int] = field(default_factory=dict)
    inserted_facts: list[FactRow] = field(default_factory=list)
    counts: dict[tuple[Kind, str], int] = field(default_factory=dict)
    settled: list[Settled] = field(default_factory=list)
    forgotten: list[Record] = field(default_factory=list)
    unused_rows: Ids = field(default_factory=dict)


class Session(Protocol):
    """One write transaction."""

    def begin(self, opening: Opening) -> Opened: ...

    def answers(self, records: Sequence[Record]) -> dict[RowKey, Answer]: ...

    def all_facts(self, research_ids: Sequence[str]) -> dict[str, dict[str, StoredFact]]: ...

    def some_facts(self, pairs: Sequence[tuple[str, str]]) -> dict[str, dict[str, StoredFact]]: ...

    def commit(self, closing: Closing) -> None: ...

    def rollback(self) -> None: ...

    def has_landed(self, closing: Closing) -> bool:
        """Whether a commit whose answer was lost has happened all the same."""
        ...
