"""How many states a list's filters choose, and which: noted as the targets of a job."""

from collections.abc import Sequence

from django.db import connection

from state.domain.kinds import Kind
from state.domain.queries import ListQuery
from state.store.columns import TABLES
from state.store.fetch import id_list, run_query
from state.store.lists import matching


def count_matching(query: ListQuery) -> int:
    """How many live states match, whatever the page."""
    conditions, parameters = matching(query)
    statement = f"select count(*) from {TABLES[query.kind]} where {' and '.join(conditions)}"
    [(count,)] = run_query(statement, parameters)
    return int(count)


def count_live(kind: Kind, ids: Sequence[str]) -> int:
    """How many of these are live states."""
    condition, parameter = id_list(ids)
    statement = f"select count(*) from {TABLES[kind]} where live and id {condition}"
    [(count,)] = run_query(statement, [parameter])
    return int(count)


def note_matching(job_id: int, query: ListQuery, most: int) -> int:
    """Notes the states that match as a job's targets, by id; returns how many.

    In one statement, and so of one moment, inside the caller's transaction.
    """
    conditions, parameters = matching(query)
    statement = (
        "insert into state_jobtarget (job_id, position, state_id)"
        f" select %s, row_number() over (order by id) - 1, id from {TABLES[query.kind]}"
        f" where {' and '.join(conditions)} order by id limit %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [job_id, *parameters, most])
        return int(cursor.rowcount)
