"""The database's clock: what several machines judge by."""

from datetime import UTC, datetime

from django.db import connection


def database_now() -> datetime:
    """The moment by the database's clock; SQLite has the machine's own."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        [now] = cursor.fetchone() or [datetime.now(UTC)]
        assert isinstance(now, datetime)
        return now
