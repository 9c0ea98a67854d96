"""Reads the change log by cursor, and one state's history."""

from dataclasses import dataclass
from datetime import datetime

from state.changelog.cursor import Cursor
from state.changelog.event_filter import EVERYTHING, EventFilter
from state.changelog.events import COLUMNS, ChangeEvent
from state.domain.errors import BadCursor, CursorExpired
from state.domain.kinds import Kind
from state.store.fetch import id_list, run_query
from state.store.sqlite_values import from_column


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where the log stands: its last row and how far retention has removed it."""

    epoch: str
    last_seq: int
    pruned_through: int

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.epoch, self.last_seq)

    @property
    def oldest(self) -> Cursor:
        """The oldest cursor that can still be read on from."""
        return Cursor(self.epoch, self.pruned_through)

    def check(self, cursor: Cursor) -> None:
        """Raises CursorExpired or BadCursor for a place that cannot be read on from."""
        if cursor.epoch != self.epoch:
            raise CursorExpired(
                "The database was restored since; read the states anew.", oldest=str(self.oldest)
            )
        if cursor.seq > self.last_seq:
            raise BadCursor("The log has not reached this cursor.")
        if cursor.seq < self.pruned_through:
            raise CursorExpired(oldest=str(self.oldest))


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in commit order, and the cursor to go on from."""

    events: list[ChangeEvent]
    cursor: Cursor


def log_place() -> LogPlace:
    """Where the log stands now."""
    [(epoch, pruned_through, last_seq)] = run_query(
        "select l.epoch, l.pruned_through,"
        " coalesce((select max(seq) from state_changerecord), l.pruned_through)"
        " from state_changelog l"
    )
    return LogPlace(epoch, last_seq, pruned_through)


def read_events(after: Cursor, wanted: EventFilter = EVERYTHING, *, limit: int = 500) -> EventPage:
    """The events behind a cursor; raises BadCursor or CursorExpired.

    The rest of an atomic batch comes with its first event, even past ``limit``.
    """
    place = log_place()
    place.check(after)
    conditions, parameters = ["seq > %s", "seq <= %s"], [after.seq, place.last_seq]
    for column, names in (("kind", wanted.kinds), ("state_id", wanted.ids)):
        if names is not None:
            condition, parameter = id_list(names)
            conditions.append(f"{column} {condition}")
            parameters.append(parameter)
    where = " and ".join(conditions)
    select = f"select {COLUMNS} from state_changerecord where {where}"
    rows = run_query(f"{select} order by seq limit %s", [*parameters, limit])
    reached = place.last_seq
    if len(rows) == limit:
        reached, batch = rows[-1][0], rows[-1][-1]
        if batch is not None:
            rest = run_query(
                f"{select} and seq > %s and batch = %s order by seq",
                [*parameters, reached, batch],
            )
            rows += rest
            reached = rows[-1][0]
    if after.seq < place.last_seq:
        log_place().check(after)  # retention may have removed rows between the two statements
    events = [ChangeEvent.from_row(place.epoch, row) for row in rows]
    return EventPage(events, Cursor(place.epoch, reached))


def read_history(
    kind: Kind, state_id: str, limit: int, before: int | None
) -> tuple[list[ChangeEvent], bool]:
    """A state's changes, newest first, below a version; and whether there are older ones."""
    epoch = log_place().epoch
    rows = run_query(
        f"select {COLUMNS} from state_changerecord where kind = %s and state_id = %s"
        " and version < %s order by version desc limit %s",
        [kind.value, state_id, 2**62 if before is None else before, limit + 1],
    )
    events = [ChangeEvent.from_row(epoch, row) for row in rows[:limit]]
    return events, len(rows) > limit


def recent_events(limit: int) -> list[ChangeEvent]:
    """The newest events of the whole log, newest first."""
    epoch = log_place().epoch
    rows = run_query(
        f"select {COLUMNS} from state_changerecord order by seq desc limit %s",
        [limit],
    )
    return [ChangeEvent.from_row(epoch, row) for row in rows]


def place_at(moment: datetime) -> LogPlace:
    """Where the log stood at a time; raises CursorExpired when it is not kept that far back.

    ``at`` never decreases along the log, so a binary search by ``seq`` finds the place.
    """
    place = log_place()
    # Of what was pruned only anchors are left: before the last of them the fleet is not known.
    known_since = run_query(
        "select at from state_changerecord where seq <= %s order by seq desc limit 1",
        [place.pruned_through],
    )
    if known_since and from_column(known_since[0][0]) > moment:
        raise CursorExpired(oldest=str(place.oldest))
    low, high = place.pruned_through, place.last_seq
    while low < high:
        middle = (low + high + 1) // 2
        [(seq, at)] = run_query(
            "select seq, at from state_changerecord where seq <= %s order by seq desc limit 1",
            [middle],
        ) or [(low, None)]
        if at is not None and from_column(at) > moment:
            high = min(middle, seq) - 1
        else:
            low = middle
    return LogPlace(place.epoch, low, place.pruned_through)
