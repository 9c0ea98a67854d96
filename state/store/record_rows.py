"""The statements of a write's records: claimed, answered, forgotten; and their rows."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from state.domain.records import Record, RecordTable, Values
from state.store.columns import in_column
from state.store.session import Settled

Rows = list[Sequence[Any]]
Names = tuple[str, ...]

_SHARED = {"digest": "text", "outcome": "text"}


def type_of(table: RecordTable, name: str) -> str:
    """A column's type on PostgreSQL; keys are texts."""
    return table.types.get(name) or _SHARED.get(name, "text")


def by_table(records: Iterable[Record]) -> Iterator[tuple[RecordTable, list[Record]]]:
    """The records, table by table, in their order."""
    tables: dict[RecordTable, list[Record]] = {}
    for record in records:
        tables.setdefault(record.table, []).append(record)
    yield from tables.items()


def claims(records: Sequence[Record]) -> Iterator[tuple[RecordTable, Names, Rows]]:
    """What to insert: the columns, and their values in each row."""
    groups: dict[tuple[RecordTable, Names], Rows] = {}
    for record in records:
        own = tuple(sorted(record.values))
        row = [*record.key, record.digest or "", *_own(record.table, record.values)]
        names = (*record.table.key, "digest", *own)
        groups.setdefault((record.table, names), []).append(row)
    for (table, names), rows in groups.items():
        yield table, names, rows


def answers(settled: Sequence[Settled]) -> Iterator[tuple[RecordTable, Names, Rows]]:
    """What to update: the columns, the key first, and their values in each row."""
    groups: dict[tuple[RecordTable, Names], Rows] = {}
    for one in settled:
        record, own = one.record, tuple(sorted(one.values))
        row = [*record.key, record.digest or "", one.outcome, *_own(record.table, one.values)]
        names = (*record.table.key, "digest", "outcome", *own)
        groups.setdefault((record.table, names), []).append(row)
    for (table, names), rows in groups.items():
        yield table, names, rows


def _own(table: RecordTable, values: Values) -> Iterator[Any]:
    return (in_column(type_of(table, name), values[name]) for name in sorted(values))


@cache
def matching(table: RecordTable, left: str, right: str) -> str:
    """The condition that two rows have one key."""
    return " and ".join(f"{left}.{name} = {right}.{name}" for name in table.key)
