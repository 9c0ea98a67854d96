"""What one socket still has to be told: bounded by what its page shows, however slow it reads."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field

from dashboard.live.watch import Watch
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
    rows it does not show. ``count`` is how many changes concern the page at all. ``position`` is
    how far in the log all this reaches.
    """

    dirty: dict[Key, int] = field(default_factory=dict)
    deleted: dict[Key, int] = field(default_factory=dict)
    moved: dict[Kind, dict[str, int]] = field(default_factory=dict)
    changes: deque[ChangeEvent] = field(default_factory=lambda: deque(maxlen=CHANGES_SHOWN))
    count: int = 0
    position: Cursor | None = None

    def note(self, event: ChangeEvent, watch: Watch) -> None:
        kind = Kind(event.kind)
        key = (kind, event.state_id)
        self.count += watch.concerns(event)
        if kind in watch.kinds:
            moved = self.moved.setdefault(kind, {})
            move = _MOVES.get(event.change_type, "changed")
            moved[move] = moved.get(move, 0) + 1
        if key in watch.rows and event.version > self._noted_version(key):
            deleted = event.change_type == "Deleted"
            ours, others = (self.deleted, self.dirty) if deleted else (self.dirty, self.deleted)
            ours[key] = event.version
            others.pop(key, None)
        if watch.activity:
            self.changes.append(event)

    def _noted_version(self, key: Key) -> int:
        return max(self.dirty.get(key, 0), self.deleted.get(key, 0))


class Connection:
    """The dirty set and the window of one socket. Used on the event loop only.

    A row that changed ten times between two frames is sent once, in its latest state. So a reader
    that stops reading costs two frames at most, and what its own page shows.
    """

    def __init__(self) -> None:
        self.watch = Watch()
        self.news = News()
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.position: Cursor | None = None
        self._position_sent: Cursor | None = None
        self.figures_sent: dict[str, int] = {}
        self.beats_sent: dict[str, str] = {}
        self.tasks_sent: dict[str, str] = {}
        self.hidden = False
        self._away: int | None = None
        self._sent = 0
        self._acknowledged = 0

    def show(self, watch: Watch) -> None:
        """The page shows something else now: what was noted for the old one is dropped."""
        self.watch = watch
        self.news = News()
        self.figures_sent = {}
        self.beats_sent = {}

    def hide(self, hidden: bool) -> None:
        """A page behind others is told nothing but that the server is there; then all at once."""
        if self.hidden and not hidden:
            self._away = self.news.count
        self.hidden = hidden

    def catch_up(self, missed: list[ChangeEvent]) -> None:
        """The page is back with the cursor it had; this came since."""
        self._away = sum(self.watch.concerns(event) for event in missed)
        self.note(missed)

    def note(self, events: Iterable[ChangeEvent]) -> None:
        for event in events:
            self.news.note(event, self.watch)
            self.advance(event.position)

    def advance(self, position: Cursor) -> None:
        """The page has seen the log up to here; a page may be newer than this process's tail."""
        known = self.position
        if known is None or known.epoch != position.epoch or known.seq < position.seq:
            self.position = position

    def take_news(self) -> News:
        news, self.news = self.news, News()
        news.position = self.position
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
            before = news.moved.setdefault(kind, {})
            for move, count in moved.items():
                before[move] = before.get(move, 0) + count
        news.changes.extend(since.changes)
        news.count += since.count

    def take_away_count(self) -> int | None:
        """How many changes the page has missed, for its first frame after it was away."""
        away, self._away = self._away, None
        return away

    @property
    def may_send(self) -> bool:
        return self._sent - self._acknowledged < MAX_UNACKNOWLEDGED

    def acknowledge(self, seq: int) -> None:
        self._acknowledged = max(self._acknowledged, min(seq, self._sent))

    def has_seen(self, position: Cursor | None) -> bool:
        return self._position_sent == position

    def send_frame(self, body: dict[str, Any], position: Cursor | None = None) -> None:
        """A frame; with `position`, the page has applied the log up to there when it has read it.

        ``now`` is this server's clock, by which the page tells how old everything is.
        """
        self._sent += 1
        now = int(time.time() * 1000)
        frame = {"type": "frame", "seq": self._sent, "watch": self.watch.number, "now": now, **body}
        if position is not None:
            self._position_sent = position
            frame["cursor"] = str(position)
        self.outbox.put_nowait(frame)

    def send_resync(self) -> None:
        """Events may be missing: the page has to be read anew."""
        self.outbox.put_nowait({"type": "resync"})
