"""Follows states through time: history, events, old versions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from state.changelog import read as changelog_read
from state.changelog import retention, search
from state.changelog.change_query import ChangeQuery
from state.changelog.cursor import Cursor
from state.changelog.event_filter import EVERYTHING, EventFilter
from state.changelog.events import ChangeEvent
from state.changelog.read import (
    EventPage,
    checked_position,
    cursor_at,
    log_position,
    position_at,
    read_history,
)
from state.changelog.search import FoundChanges
from state.changelog.tail import tail
from state.domain.cache_keys import state_key
from state.domain.commands import Document
from state.domain.difference import difference
from state.domain.errors import NotFound
from state.domain.jsontext import encode
from state.domain.kinds import FACTS, Kind, is_id
from state.domain.times import parse_time
from state.service.composition import tiers
from state.store.fetch import fetch_version
from state.store.snapshot import complete_states_at

_STATES_A_PAGE = 100
_PAGE_BYTES = 256 * 1024
RECENT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Changes of one state, newest first; ``next`` is the ``before`` of the following page."""

    events: list[ChangeEvent]
    next: int | None

    @property
    def items(self) -> list[bytes]:
        """The changes as JSON."""
        return [event.encoded for event in self.events]


def history(
    kind: Kind, state_id: str, *, limit: int = 50, before: int | None = None
) -> HistoryPage:
    """A state's changes, newest first, below a version; raises NotFound for an unknown id."""
    if not is_id(state_id):
        raise NotFound()
    events, more = read_history(kind, state_id, limit, before)
    if not events and (before is None or not read_history(kind, state_id, 1, None)[0]):
        raise NotFound()
    if events:
        tiers().saw_state(kind, state_id, events[0].version)
    return HistoryPage(events, events[-1].version if more else None)


def checked_cursor(cursor: Cursor | None) -> Cursor:
    """The cursor, when the log can be read on from it; the log's end for None.

    Raises CursorExpired.
    """
    if cursor is None:
        return log_position().cursor
    checked_position(cursor)
    return cursor


def read_events(after: Cursor, wanted: EventFilter = EVERYTHING, *, limit: int = 500) -> EventPage:
    """The changes behind a cursor, in commit order; raises CursorExpired."""
    page = changelog_read.read_events(after, wanted, limit=limit)
    _saw(page.events)
    return page


def recent_events(after: Cursor, wanted: EventFilter, limit: int) -> EventPage | None:
    """The changes behind a cursor from memory, without waiting; None: ask ``read_events``.

    Memory counts only while the tail follows: whoever waits on it must not wait on a log that
    stands still.
    """
    if not tail.is_current(RECENT_SECONDS):
        return None
    return tail.recent.page(after, wanted, limit)


def recent_activity(limit: int = 50) -> list[ChangeEvent]:
    """The newest changes of the whole fleet, newest first."""
    events = changelog_read.newest_events(limit)
    _saw(events)
    return events


def activity_up_to(position: Cursor, limit: int) -> list[ChangeEvent]:
    """The newest changes there were at a position, newest first."""
    return changelog_read.newest_events(limit, position.seq)


def log_end() -> Cursor:
    """The position behind the newest change."""
    return log_position().cursor


def find_changes(query: ChangeQuery) -> FoundChanges:
    """The changes that fit a query, newest first."""
    found = search.find_changes(query)
    _saw(found.events)
    return found


def count_changes(query: ChangeQuery, after: Cursor, most: int) -> int:
    """How many changes behind a cursor fit a query, ``most`` at most; raises CursorExpired."""
    checked_position(after)
    return search.count_changes(query, after.seq, most)


def change_near(position: Cursor, step: int) -> Cursor | None:
    """The position one change before (-1) or behind (1) another; None where the log ends."""
    log = log_position()
    seq = position.seq + step
    return cursor_at(log.epoch, seq) if log.pruned_through <= seq <= log.last_seq else None


def diff(kind: Kind, state_id: str, old: int, new: int) -> tuple[Document, Document]:
    """The top-level fields that differ between two versions, at each; raises NotFound."""
    if not is_id(state_id):
        raise NotFound()
    sides = []
    for version in (old, new):
        past = fetch_version(kind, state_id, version)
        if past is None:
            raise NotFound(f"Version {version} is not in the history.")
        sides.append(past)
    tiers().saw_state(kind, state_id, max(old, new))
    before, after = difference(sides[0].document, sides[1].document)
    if sides[0].facts != sides[1].facts:  # as they are stored: the same JSON, the same facts
        before[FACTS], after[FACTS] = sides[0].parts()[1], sides[1].parts()[1]
    return before, after


def position_of(at: str | None) -> Cursor:
    """The position in the log that a cursor or a timestamp names; the end for None.

    Raises BadCursor or CursorExpired.
    """
    if at is None:
        return log_position().cursor
    try:
        moment = parse_time(at.replace(" ", "+"))
    except ValueError:
        return checked_cursor(Cursor.parse(at))
    return position_at(moment)


def snapshot_pages(position: Cursor) -> Iterator[bytes]:
    """The whole fleet at a position as NDJSON: a header, a line a state, a trailer, in pages."""
    yield encode({"type": "header", "cursor": str(position)}) + b"\n"
    page, size, count = [], 0, 0
    for kind in Kind:
        for body in complete_states_at(kind, position.seq):
            line = b'{"type":"state","kind":"' + kind.encode() + b'","state":' + body + b"}\n"
            page.append(line)
            size += len(line)
            count += 1
            if len(page) == _STATES_A_PAGE or size > _PAGE_BYTES:
                yield b"".join(page)
                page, size = [], 0
    yield b"".join(page) + encode({"type": "trailer", "count": count}) + b"\n"


def prune_history(before: datetime) -> int:
    """Removes history from before a time; returns how many changes went."""
    return retention.prune_history(before)


def _saw(events: Iterable[ChangeEvent]) -> None:
    """The database may be ahead of the tail: whoever has seen a version must not read an older."""
    tiers().saw((state_key(event.kind, event.state_id), event.version) for event in events)
