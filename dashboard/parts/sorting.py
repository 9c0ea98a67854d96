"""The headers of a list: which columns can be ordered by, and what a click on one asks for."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from msgspec import Struct

from dashboard.parts.rows.row import Column
from state.domain.kinds import Kind


class Header(Struct, kw_only=True):
    column: Column
    url: str = ""
    direction: str = ""


def present_headers(
    columns: Sequence[Column], kind: Kind, given: Mapping[str, str], ordering: str
) -> list[Header]:
    """Only the API's orderings are offered: those that an index makes cheap on every page."""
    names = {kind.id_field: "id", "lastUpdated": "lastUpdated"}
    return [_header(column, names.get(column.field, ""), given, ordering) for column in columns]


def _header(column: Column, name: str, given: Mapping[str, str], ordering: str) -> Header:
    if not name:
        return Header(column=column)
    # A first click on a time shows the newest first, on a name the alphabet.
    first, second = (name, f"-{name}") if name == "id" else (f"-{name}", name)
    kept = {key: value for key, value in given.items() if key not in ("page", "ordering")}
    url = "?" + urlencode({**kept, "ordering": second if ordering == first else first})
    directions = {name: "ascending", f"-{name}": "descending"}
    return Header(column=column, url=url, direction=directions.get(ordering, ""))
