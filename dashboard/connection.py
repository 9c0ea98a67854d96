"""What one socket still has to be told: bounded by what its page shows, however slow it reads."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field

from dashboard.watch import Watch
from state.changelog.cursor import Cursor
from state.changelog.events import ChangeEvent
from state.domain.kinds import Kind

MAX_UNACKNOWLEDGED = 2
CHANGES_SHOWN = 30

_MOVES = {"Created": "created", "Restored": "created", "Deleted": "deleted"}

Key = tuple[Kind, str]


class News(Struct):
    """What happened on one page since its last frame: rows by their newest version, newest lines.

    ``moved`` counts what came, went and changed in the kinds whose lists the page shows, for the
    rows it does not show.
    """

    dirty: dict[Key, int] = field(default_factory=dict)
    deleted: dict[Key, int] = field(default_factory=dict)
    moved: dict[Kind, dict[str, int]] = field(default_factory=dict)
    changes: deque[ChangeEvent] = field(default_factory=lambda: deque(maxlen=CHANGES_SHOWN))

    def note(self, event: ChangeEvent, watch: Watch) -> None:
        kind = Kind(event.kind)
        if kind in watch.kinds:
            moved = self.moved.setdefault(kind, {})
            move = _MOVES.get(event.change_type, "changed")
            moved[move] = moved.get(move, 0) + 1
        key = (kind, event.state_id)
        if key in watch.rows:
            deleted = event.change_type == "Deleted"
            ours, others = (self.deleted, self.dirty) if deleted else (self.dirty, self.deleted)
            ours[key] = event.version
            others.pop(key, None)
        if watch.activity:
            self.changes.append(event)


class Connection:
    """The dirty set and the window of one socket. Used on the event loop only.

    A row that changed ten times between two frames is sent once, in its latest state. So a reader
    that stops reading costs two frames at most, and what its own page shows.
    """

    def __init__(self) -> None:
        self.watch = Watch()
        self.news = News()
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.place: Cursor | None = None
        self._place_sent: Cursor | None = None
        self.figures_sent: dict[str, int] = {}
        self._sent = 0
        self._acknowledged = 0

    def show(self, watch: Watch) -> None:
        """The page shows something else now: what was noted for the old one is dropped."""
        self.watch = watch
        self.news = News()
        self.figures_sent = {}

    def note(self, events: Iterable[ChangeEvent]) -> None:
        for event in events:
            self.news.note(event, self.watch)
            self.advance(Cursor(event.epoch, event.seq))

    def advance(self, place: Cursor) -> None:
        """The page has seen the log up to here; a page may be newer than this process's tail."""
        known = self.place
        if known is None or known.epoch != place.epoch or known.seq < place.seq:
            self.place = place

    def take_news(self) -> News:
        news, self.news = self.news, News()
        return news

    def put_back(self, news: News) -> None:
        """The frame could not be made; what was noted since then is newer and wins."""
        since, self.news = self.news, news
        for key, version in since.dirty.items():
            news.dirty[key] = version
            news.deleted.pop(key, None)
        for key, version in since.deleted.items():
            news.deleted[key] = version
            news.dirty.pop(key, None)
        for kind, moved in since.moved.items():
            news.moved[kind] = moved
        news.changes.extend(since.changes)

    @property
    def may_send(self) -> bool:
        return self._sent - self._acknowledged < MAX_UNACKNOWLEDGED

    def acknowledge(self, seq: int) -> None:
        self._acknowledged = max(self._acknowledged, min(seq, self._sent))

    @property
    def has_advanced(self) -> bool:
        return self.place != self._place_sent

    def send_frame(self, body: dict[str, Any]) -> None:
        self._sent += 1
        self._place_sent = self.place
        cursor = str(self.place) if self.place else None
        self.outbox.put_nowait({"type": "frame", "seq": self._sent, "cursor": cursor, **body})

    def send_resync(self) -> None:
        """Events may be missing: the page has to be read anew."""
        self.outbox.put_nowait({"type": "resync"})
