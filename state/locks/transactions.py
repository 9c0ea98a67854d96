"""A lease's transaction: how long it stands in line."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from state.store.postgres import ROW_WAIT_SECONDS


@contextmanager
def lease_transaction() -> Iterator[None]:
    """A transaction that does not stand in line for ever; raises Overloaded instead."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"set local lock_timeout = '{ROW_WAIT_SECONDS}s'")
        yield
