"""What a change writes to the log."""

from typing import Any

from state.domain.jsontext import encode
from state.store.session import LogRow

FULL_DOCUMENT_EVERY = 4
"""Every so many versions a log row holds the full state, so that every old version is near one.

The fleet at a time reads the rows up to it for each state. A quarter of a document a change buys
that: with one in 64, 10,000 agents were 300,000 rows.
"""

LOG_COLUMNS = [
    ("kind", "text"),
    ("state_id", "text"),
    ("version", "bigint"),
    ("change_type", "text"),
    ("updated_at", "timestamptz"),
    ("actor", "text"),
    ("reason", "text"),
    ("old_values", "text"),
    ("new_values", "text"),
    ("document", "text"),
    ("batch", "bigint"),
    ("forced", "boolean"),
]


def log_values(row: LogRow) -> tuple[Any, ...]:
    """A log row's values in the order of ``LOG_COLUMNS``."""
    change = row.change
    full = change.live and change.version % FULL_DOCUMENT_EVERY == 0
    return (
        change.kind.value,
        change.state_id,
        change.version,
        change.change_type,
        change.updated_at,
        change.actor,
        change.reason,
        encode(change.old_values).decode(),
        encode(change.new_values).decode(),
        change.encoded.decode() if full else None,
        row.batch,
        change.forced,
    )
