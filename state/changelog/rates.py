"""How many changes the log took in each second."""

from datetime import datetime

from django.db import connection

from state.changelog.read import log_position, position_at
from state.domain.errors import CursorExpired
from state.store.fetch import run_query
from state.store.sqlite_values import from_column

_SECOND = {"postgresql": "date_trunc('second', at)", "sqlite": "substr(at, 1, 19)"}


def changes_by_second(since: datetime) -> dict[int, int]:
    """The number of changes by the second (of the epoch) they were committed in.

    Reads the rows since then only: ``at`` has no index, the position is found by a binary search.
    """
    try:
        first = position_at(since).seq
    except CursorExpired:
        first = log_position().pruned_through
    rows = run_query(
        f"select {_SECOND[connection.vendor]}, count(*) from state_changerecord"
        " where seq > %s group by 1",
        [first],
    )
    return {int(from_column(second).timestamp()): changes for second, changes in rows}
