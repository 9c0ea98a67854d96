"""Follows states through time: history, events, old versions."""

from collections.abc import Sequence
from dataclasses import dataclass

from state.changelog import read as changelog_read
from state.changelog.cursor import Cursor
from state.changelog.events import ChangeEvent
from state.changelog.read import EventPage, log_place, read_history, recent_events
from state.domain.errors import NotFound
from state.domain.kinds import Kind
from state.service.guard import reaches_database


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Changes of one state, newest first; ``next`` is the ``before`` of the following page."""

    events: list[ChangeEvent]
    next: int | None

    @property
    def items(self) -> list[bytes]:
        """The changes as JSON."""
        return [event.encoded for event in self.events]


@reaches_database
def history(
    kind: Kind, state_id: str, *, limit: int = 50, before: int | None = None
) -> HistoryPage:
    """A state's changes, newest first, below a version; raises NotFound for an unknown id."""
    events, more = read_history(kind, state_id, limit, before)
    if not events and before is None:
        raise NotFound()
    return HistoryPage(events, events[-1].version if more else None)


@reaches_database
def checked_cursor(cursor: Cursor | None) -> Cursor:
    """The cursor, when the log can be read on from it; the log's end for None.

    Raises BadCursor or CursorExpired.
    """
    place = log_place()
    if cursor is None:
        return place.cursor
    place.check(cursor)
    return cursor


@reaches_database
def read_events(
    after: Cursor,
    *,
    kinds: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    limit: int = 500,
) -> EventPage:
    """The changes behind a cursor, in commit order; raises BadCursor or CursorExpired."""
    return changelog_read.read_events(after, kinds=kinds, ids=ids, limit=limit)


@reaches_database
def recent_activity(limit: int = 50) -> list[ChangeEvent]:
    """The newest changes of the whole fleet, newest first."""
    return recent_events(limit)
