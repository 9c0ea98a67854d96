"""Prunes the change log: what is older than the retention goes, a page at a time.

A round costs what it removes: it goes through the rows that have grown too old since the last one,
and each of those takes the older rows of its state with it.
"""

import time
from datetime import datetime

from django.db import connection, transaction

from state.changelog.read import position_at
from state.domain.errors import CursorExpired
from state.store.fetch import run_query

_PAGE = 5_000
_PAUSE_SECONDS = 0.01  # lets writers in between two pages

_OLDER_ROWS = (
    "delete from state_changerecord where seq in (select o.seq from"
    " (select kind, state_id, max(version) as version from state_changerecord"
    " where seq > %s and seq <= %s group by kind, state_id) n join state_changerecord o"
    " on o.kind = n.kind and o.state_id = n.state_id and o.version < n.version)"
)
_FORGOTTEN_FACTS = (
    "delete from state_fact where id in (select f.id from"
    " (select state_id, min(version) as oldest from state_changerecord where kind = 'research'"
    " and state_id in (select state_id from state_changerecord where kind = 'research'"
    " and seq > %s and seq <= %s) group by state_id) r join state_fact f"
    " on f.research_id = r.state_id and f.valid_to is not null and f.valid_to <= r.oldest limit %s)"
)


def prune_history(before: datetime) -> int:
    """Removes log rows from before a time; returns how many.

    Of every state the newest row from before that time stays: it anchors the versions after it,
    and keeps the last version of a deleted id.
    """
    try:
        through = position_at(before).seq
    except CursorExpired:
        return 0
    # First the mark, then the rows: a reader is told "expired" before anything is missing.
    _execute(
        "update state_changelog set pruned_through = %s where pruned_through < %s",
        [through, through],
    )
    [(low,)] = run_query("select swept_through from state_changelog")
    removed = 0
    while (high := _end_of_page(low, through)) is not None:
        removed += _execute(_OLDER_ROWS, [low, high])
        # Old rows of facts that no version in the log can show any more.
        while _execute(_FORGOTTEN_FACTS, [low, high, _PAGE]) == _PAGE:
            time.sleep(_PAUSE_SECONDS)
        # A round that breaks off before this begins with the page again.
        _execute("update state_changelog set swept_through = %s", [high])
        low = high
        time.sleep(_PAUSE_SECONDS)
    return removed


def _end_of_page(low: int, through: int) -> int | None:
    """The last row of the page behind a row; None when there is none up to ``through``."""
    [(high,)] = run_query(
        "select max(seq) from (select seq from state_changerecord"
        " where seq > %s and seq <= %s order by seq limit %s) p",
        [low, through, _PAGE],
    )
    return None if high is None else int(high)


def _execute(statement: str, parameters: list[int]) -> int:
    """Runs one statement in a transaction of its own; returns how many rows it touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
