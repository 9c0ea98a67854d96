"""Events of a log that nobody has written."""

from state.changelog.cursor import Cursor
from state.changelog.events import ChangeEvent

EPOCH = "0123abcd"


def cursor(seq: int) -> Cursor:
    """The place behind a row; rows are a second apart."""
    return Cursor(EPOCH, seq, seq * 1_000_000)


def event(seq: int, *, size: int = 0, batch: int | None = None) -> ChangeEvent:
    """A change of an agent of its own, with so many characters in its values."""
    new_values = '{"properties":"' + "x" * size + '"}'
    at = "2026-01-31T12:00:00.000000Z"
    return ChangeEvent(
        cursor(seq), "agent", f"a{seq}", 1, "Created", at, "me", "", "{}", new_values, False, batch
    )
