"""Pages of rows that are bounded in bytes as well as in number."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.db import connection

from state.store.connection import telling
from state.store.fetch import run_query

PAGE_BYTES = 1024 * 1024

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SizedSelect:
    """A select, of which ``texts`` are the columns that count; ``order`` is its ORDER BY."""

    columns: Sequence[str]
    texts: Sequence[str]
    source: str
    order: str
    page_bytes: int = PAGE_BYTES

    def read(self, parameters: Sequence[Any], limit: int) -> tuple[list[Row], bool]:
        """The first rows, and whether there are more behind them.

        The row that passes ``page_bytes`` is the last one, so there is always at least one.
        """
        if connection.vendor == "postgresql":
            rows: list[Row] = []
            for *row, size_before in run_query(self._measured(), [*parameters, limit + 1]):
                if len(rows) == limit or size_before >= self.page_bytes:
                    return rows, True
                rows.append(tuple(row))
            return rows, False
        return self._step(parameters, limit)

    def _measured(self) -> str:
        """Texts behind the bound stay where they are: a length does not even unpack them."""
        size = " + ".join(f"coalesce(octet_length({name}), 0)" for name in self.texts)
        columns = (
            f"case when size_before < {self.page_bytes} then {name} end"
            if name in self.texts
            else name
            for name in self.columns
        )
        return (
            f"select {', '.join(columns)}, size_before from (select p.*, sum({size})"
            f" over (order by {self.order} rows unbounded preceding) - ({size}) as size_before"
            f" from ({self.source} order by {self.order} limit %s) p) q order by {self.order}"
        )

    def _step(self, parameters: Sequence[Any], limit: int) -> tuple[list[Row], bool]:
        """SQLite reads a row when it is asked for it."""
        indexes = [self.columns.index(name) for name in self.texts]
        statement = f"{self.source} order by {self.order} limit ?".replace("%s", "?")
        connection.ensure_connection()
        with (
            telling(statement),
            connection.wrap_database_errors,
            closing(connection.connection.execute(statement, [*parameters, limit + 1])) as found,
        ):
            return _within(found, indexes, limit, self.page_bytes)


def _within(
    found: Iterable[Row], indexes: Sequence[int], limit: int, page_bytes: int
) -> tuple[list[Row], bool]:
    rows: list[Row] = []
    size = 0
    for row in found:
        if len(rows) == limit or size >= page_bytes:
            return rows, True
        rows.append(row)
        size += sum(len(row[index] or "") for index in indexes)
    return rows, False
