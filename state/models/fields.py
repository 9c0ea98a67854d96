"""A text column that orders by byte on every database."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class ByteOrderedField(models.CharField):  # type: ignore[type-arg]
    """Text compared byte by byte, as keyset paging by id needs.

    SQLite does so by default; PostgreSQL follows the database's locale unless told.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
