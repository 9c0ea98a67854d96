"""What frames are made of: synchronous reads, run in a thread, shared by all pages of a flush."""

import time
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from msgspec import Struct, field

from dashboard.live.connection import Key, News
from dashboard.live.figures import Figure
from dashboard.parts.cache import CacheFigures, present_cache
from dashboard.parts.changes import Change, present_event
from dashboard.parts.counts import KindCounts, present_counts
from dashboard.parts.rows import Row, present_row
from dashboard.parts.traffic import TrafficPoint, present_point
from state.changelog.cursor import Cursor
from state.changelog.events import ChangeEvent
from state.changelog.tail import tail
from state.domain.errors import BadCursor, CursorExpired
from state.domain.kinds import Kind
from state.service import deployment, reading, watching
from state.service.monitoring import last_minute

MISSED_LIMIT = 500
"""A page that missed more than this, or than a MiB, is read anew: cheaper than replaying it."""


class Read(Struct):
    """The rows, lines and figures the frames of one flush are cut from."""

    lag_seconds: float | None
    rows: dict[Key, Row] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)


def read_for_frames(news: Collection[News], due: Collection[Figure]) -> Read:
    """Everything the frames of this flush need, each row and figure once."""
    events = {event.cursor: event for part in news for event in part.changes}
    return Read(
        lag_seconds=lag_seconds(),
        rows=_read_rows(news),
        changes={cursor: present_event(event.encoded) for cursor, event in events.items()},
        figures={figure.name: figure.compute() for figure in due},
    )


def _read_rows(news: Collection[News]) -> dict[Key, Row]:
    """The dirty rows at the version that was announced, or a later one."""
    wanted: dict[Kind, dict[str, int]] = defaultdict(dict)
    for part in news:
        for (kind, state_id), version in part.dirty.items():
            wanted[kind][state_id] = max(version, wanted[kind].get(state_id, 0))
    rows: dict[Key, Row] = {}
    for kind, versions in wanted.items():
        found = _present_all(kind, list(versions), fresh=False)
        behind = [
            state_id
            for state_id, version in versions.items()
            if state_id not in found or found[state_id].version < version
        ]
        if behind:
            found |= _present_all(kind, behind, fresh=True)
        rows |= {(kind, state_id): row for state_id, row in found.items()}
    return rows


def _present_all(kind: Kind, ids: list[str], *, fresh: bool) -> dict[str, Row]:
    documents, _missing = reading.read_states(kind, ids, fresh=fresh)
    return {state_id: present_row(kind, document) for state_id, document in documents.items()}


def news_body(news: News, read: Read) -> dict[str, Any]:
    """The part of a frame that is about rows and lines.

    A dirty row that was not found has been deleted since: its own event is on the way.
    """
    rows = [read.rows[key] for key in news.dirty if key in read.rows]
    rows += [
        Row(kind=kind, id=state_id, version=version, deleted=True)
        for (kind, state_id), version in news.deleted.items()
    ]
    parts = {
        "rows": rows,
        "moved": news.moved,
        "changes": [read.changes[event.cursor] for event in news.changes],
    }
    return {name: part for name, part in parts.items() if part}


def read_counts() -> dict[str, KindCounts]:
    return present_counts(reading.summary())


def read_cache() -> CacheFigures:
    return present_cache(deployment.cache_report())


def read_traffic() -> TrafficPoint:
    """The last point of the traffic charts."""
    return present_point(last_minute())


def read_missed(cursor: str) -> list[ChangeEvent] | None:
    """The events after this cursor; None when there are too many or the log does not reach back."""
    if cursor == str(tail.cursor):
        return []
    try:
        page = watching.read_events(Cursor.parse(cursor), limit=MISSED_LIMIT)
    except (CursorExpired, BadCursor):
        return None
    return None if page.more else page.events


def read_recent_changes(limit: int) -> list[Change]:
    """The newest lines of the activity feed, newest first."""
    return [present_event(event.encoded) for event in watching.recent_activity(limit)]


def lag_seconds() -> float | None:
    """How far this process may be behind the log; None before it has read the log at all."""
    behind = time.monotonic() - tail.confirmed_at
    return round(behind, 2) if behind < 1e9 else None
