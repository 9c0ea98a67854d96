"""Prunes the change log: what is older than the retention goes, a page at a time."""

import time
from datetime import datetime

from django.db import connection, transaction

from state.changelog.read import place_at
from state.domain.errors import CursorExpired

_PAGE = 5_000
_PAUSE_SECONDS = 0.01  # lets writers in between two pages


def prune_history(before: datetime) -> int:
    """Removes log rows from before a time; returns how many.

    Of every state the newest row from before that time stays: it anchors the versions after it,
    and keeps the last version of a deleted id.
    """
    try:
        through = place_at(before).seq
    except CursorExpired:
        return 0
    # First the mark, then the rows: a reader is told "expired" before anything is missing.
    run_query_once(
        "update state_changelog set pruned_through = %s where pruned_through < %s",
        [through, through],
    )
    # From the first row on: an anchor goes when its state has a newer row that may be one.
    low = removed = 0
    while low < through:
        high = min(low + _PAGE, through)
        removed += run_query_once(
            "delete from state_changerecord where seq > %s and seq <= %s and exists ("
            "select 1 from state_changerecord n where n.kind = state_changerecord.kind"
            " and n.state_id = state_changerecord.state_id"
            " and n.version > state_changerecord.version and n.seq <= %s)",
            [low, high, through],
        )
        low = high
        time.sleep(_PAUSE_SECONDS)
    _prune_facts()
    return removed


def _prune_facts() -> None:
    """Removes old rows of facts that no version in the log can show any more."""
    run_query_once(
        "delete from state_fact where valid_to is not null and not exists ("
        "select 1 from state_changerecord c where c.kind = 'research'"
        " and c.state_id = state_fact.research_id and c.version < state_fact.valid_to)",
        [],
    )


def run_query_once(statement: str, parameters: list[int]) -> int:
    """Runs one statement in a transaction of its own; returns how many rows it touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
