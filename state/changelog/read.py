"""Reads the change log by cursor, and one state's history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from state.changelog.cursor import Cursor
from state.changelog.event_filter import EVERYTHING, EventFilter
from state.changelog.events import COLUMNS, ChangeEvent
from state.domain.errors import CursorExpired
from state.domain.kinds import Kind
from state.domain.times import microseconds
from state.store.fetch import id_list, run_query
from state.store.sized_pages import SizedSelect
from state.store.sqlite_values import from_column

_TEXTS = ("old_values", "new_values")
_SELECT_COLUMNS = tuple(COLUMNS.split(", "))
_NEWEST_UP_TO = "(select at from state_changerecord where seq <= {0} order by seq desc limit 1)"
_PLACE = (
    f"select l.epoch, l.pruned_through, {_NEWEST_UP_TO.format('l.pruned_through')},"
    f" coalesce(n.seq, l.pruned_through), n.at, {_NEWEST_UP_TO.format('%s')}{{more}}"
    " from state_changelog l"
    " left join (select seq, at from state_changerecord order by seq desc limit 1) n on true"
)
_NOWHERE = -1  # a number no row has


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where the log stands: its last row and how far retention has removed it."""

    cursor: Cursor
    oldest: Cursor
    """The oldest cursor that can still be read on from."""

    @property
    def epoch(self) -> str:
        return self.cursor.epoch

    @property
    def last_seq(self) -> int:
        return self.cursor.seq

    @property
    def pruned_through(self) -> int:
        return self.oldest.seq

    def check(self, cursor: Cursor, found_us: int) -> None:
        """Raises CursorExpired for a position that cannot be read on from.

        ``found_us`` is the log's time at that position now. The newest row up to a cursor stays as
        long as the cursor counts: above what was pruned nothing goes, and below it the newest row
        of all is its state's newest, which is kept.
        """
        is_of_this_log = (cursor.epoch, cursor.at_us) == (self.epoch, found_us)
        if cursor.seq < self.pruned_through:
            raise CursorExpired(oldest=str(self.oldest))
        if cursor.seq > self.last_seq or not is_of_this_log:
            raise CursorExpired(
                "The database was restored since; read the states anew.", oldest=str(self.oldest)
            )


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in commit order, the cursor to go on from, and whether the page was full before the
    log's end.
    """

    events: list[ChangeEvent]
    cursor: Cursor
    more: bool = False


def log_position() -> LogPosition:
    """Where the log stands now."""
    return _look(_NOWHERE)[0]


def checked_position(cursor: Cursor) -> LogPosition:
    """Where the log stands now, in the same query as the check; raises CursorExpired."""
    return checked_position_and(cursor)[0]


def checked_position_and(cursor: Cursor, *more: str) -> tuple[LogPosition, Sequence[Any]]:
    """Likewise, with the values of more scalar subqueries, all in one query."""
    position, found_us, values = _look(cursor.seq, more)
    position.check(cursor, found_us)
    return position, values


def cursor_at(epoch: str, seq: int) -> Cursor:
    """The cursor behind a number that was kept without its time."""
    return Cursor(epoch, seq, _look(seq)[1])


def _look(seq: int, more: Sequence[str] = ()) -> tuple[LogPosition, int, Sequence[Any]]:
    """Where the log stands, its time at a position, and what else was asked."""
    statement = _PLACE.format(more="".join(f", {one}" for one in more))
    [row] = run_query(statement, [seq])
    epoch, pruned_through, pruned_at, last_seq, last_at, found_at, *values = row
    end = Cursor(epoch, last_seq, _time_us(last_at))
    position = LogPosition(end, Cursor(epoch, pruned_through, _time_us(pruned_at)))
    return position, _time_us(found_at), values


def _time_us(column: Any) -> int:
    return 0 if column is None else microseconds(from_column(column))


def read_events(after: Cursor, wanted: EventFilter = EVERYTHING, *, limit: int = 500) -> EventPage:
    """The events behind a cursor, up to ``limit`` and about a MiB; raises CursorExpired.

    The rest of an atomic batch comes with its first event, even past both.
    """
    # What a filter passes over at the log's end is not read again: so the end must be known first.
    end = None if wanted == EVERYTHING else checked_position(after).cursor
    if end is not None and end.seq == after.seq:
        return EventPage([], end)
    conditions, parameters = ["seq > %s"], [after.seq]
    if end is not None:
        conditions.append("seq <= %s")
        parameters.append(end.seq)
    for column, names in (("kind", wanted.kinds), ("state_id", wanted.ids)):
        if names is not None:
            condition, parameter = id_list(names)
            conditions.append(f"{column} {condition}")
            parameters.append(parameter)
    source = f"select {COLUMNS} from state_changerecord where {' and '.join(conditions)}"
    rows, more = SizedSelect(_SELECT_COLUMNS, _TEXTS, source, "seq").read(parameters, limit)
    if more and (batch := rows[-1][-1]) is not None:
        rows += run_query(
            f"{source} and seq > %s and batch = %s order by seq",
            [*parameters, rows[-1][0], batch],
        )
    # After the rows: when retention has not passed the cursor now, it had removed none of them.
    position = checked_position(after)
    events = [ChangeEvent.from_row(position.epoch, row) for row in rows]
    reached = events[-1].position if events and (more or end is None) else end or after
    return EventPage(events, reached, more)


def read_history(
    kind: Kind, state_id: str, limit: int, before: int | None
) -> tuple[list[ChangeEvent], bool]:
    """A state's changes, newest first, below a version, up to ``limit`` and about a MiB.

    And whether there are older ones.
    """
    epoch = log_position().epoch
    source = (
        f"select {COLUMNS} from state_changerecord"
        " where kind = %s and state_id = %s and version < %s"
    )
    rows, more = SizedSelect(_SELECT_COLUMNS, _TEXTS, source, "version desc").read(
        [kind.value, state_id, 2**62 if before is None else before], limit
    )
    return [ChangeEvent.from_row(epoch, row) for row in rows], more


def newest_events(limit: int, up_to: int = 2**62) -> list[ChangeEvent]:
    """The newest events of the whole log up to a number, newest first, ``limit`` or about a MiB."""
    epoch = log_position().epoch
    source = f"select {COLUMNS} from state_changerecord where seq <= %s"
    rows, _ = SizedSelect(_SELECT_COLUMNS, _TEXTS, source, "seq desc").read([up_to], limit)
    return [ChangeEvent.from_row(epoch, row) for row in rows]


def position_at(moment: datetime) -> Cursor:
    """Where the log stood at a time; raises CursorExpired when it is not kept that far back.

    ``at`` never decreases along the log, so a binary search by ``seq`` finds the position.
    """
    position = log_position()
    # Of what was pruned only anchors are left: before the last of them the fleet is not known.
    # An empty log's position is 0, and a moment may be before 1970.
    if position.oldest.at_us > max(microseconds(moment), 0):
        raise CursorExpired(oldest=str(position.oldest))
    low, high = position.pruned_through, position.last_seq
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
    return cursor_at(position.epoch, low)
