"""Why the database cannot be used, as a sentence for whoever runs a command."""

from django.db.utils import Error

from state.store.connection import ConnectionLost, HeldUp

MIGRATE = "The database is not up to date; run manage.py migrate first."
_NO_TABLE = "no such table"  # SQLite
_UNDEFINED_TABLE = "42P01"  # PostgreSQL
_OF_THE_DRIVER = "connection failed: "


def sentence_of(error: BaseException) -> str | None:
    """What to tell instead of a traceback; None for what is no trouble with the database."""
    if not isinstance(error, Error):
        return None
    root: BaseException = error
    while root.__cause__ is not None:
        root = root.__cause__
    lines = str(root).strip().splitlines() or [type(root).__name__]
    if getattr(root, "sqlstate", None) == _UNDEFINED_TABLE or lines[0].startswith(_NO_TABLE):
        return MIGRATE
    if isinstance(error, (ConnectionLost, HeldUp)):
        return f"DATABASE_URL cannot be reached: {lines[0].removeprefix(_OF_THE_DRIVER)}"
    return None
