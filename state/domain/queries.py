"""What a list is asked for: filters, ordering, a page; and the tokens that name a page."""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from state.domain import jsontext
from state.domain.errors import BadFilter, BadPage, LightningError
from state.domain.kinds import SHARED_FILTERS, Kind, is_id
from state.domain.kinds.filters import Q_MAX
from state.domain.times import parse_time

LIMIT_DEFAULT = 100
LIMIT_MAX = 500
ORDERINGS = ("id", "createdAt", "lastUpdated")
_PAGING = frozenset({"ordering", "limit", "page"})
_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class ListQuery:
    """One list request; ``filters`` hold parsed values by their contract names."""

    kind: Kind
    filters: Mapping[str, Any]
    ordering: str = "id"
    limit: int = LIMIT_DEFAULT
    after: tuple[str, ...] | None = None
    """The ordering key and id of the last item of the page before."""

    @property
    def column(self) -> str:
        return self.ordering.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.ordering.startswith("-")

    @classmethod
    def parse(
        cls, kind: Kind, parameters: Mapping[str, str], *, also: frozenset[str] = frozenset()
    ) -> "ListQuery":
        """A query from URL parameters; raises BadFilter or BadPage.

        ``also`` names parameters that somebody else reads. An empty filter value is no filter, as
        an HTML form sends it.
        """
        known = kind.spec.filters.keys() | frozenset(SHARED_FILTERS)
        unknown = parameters.keys() - known - _PAGING - also
        if unknown:
            raise BadFilter(f"{', '.join(sorted(unknown))}: not a filter of {kind.segment}.")
        filters = {
            name: _parse(kind, name, value)
            for name, value in parameters.items()
            if name in known and value != ""
        }
        ordering = parameters.get("ordering") or "id"
        if ordering.removeprefix("-") not in ORDERINGS:
            raise BadFilter(f"ordering: must be one of {', '.join(ORDERINGS)}, or - before it.")
        query = cls(kind, filters, ordering, parse_limit(parameters.get("limit")))
        page = parameters.get("page")
        if not page:
            return query
        return cls(kind, filters, ordering, query.limit, query._read_token(page))

    def token(self, *last: str) -> str:
        """The page token that continues behind the item with this ordering key and id."""
        return write_token([self._digest(), *last])

    def _read_token(self, token: str) -> tuple[str, ...]:
        digest, *last = read_token(token)
        if digest != self._digest() or len(last) != (1 if self.column == "id" else 2):
            raise BadPage()
        if not is_id(last[-1]):
            raise BadPage()
        return tuple(last)

    def _digest(self) -> str:
        names = sorted(self.filters)
        told = [
            self.kind.value,
            self.ordering,
            *((name, str(self.filters[name])) for name in names),
        ]
        return hashlib.sha256(jsontext.encode(told)).hexdigest()[:16]


def _parse(kind: Kind, name: str, text: str) -> Any:
    try:
        if name == "q":
            if len(text) > Q_MAX:
                raise ValueError(f"has more than {Q_MAX} characters")
            if "\x00" in text:
                raise ValueError("NUL characters match nothing")
            return text
        if name == "updatedSince":
            return parse_time(text.replace(" ", "+"))
        return kind.spec.filters[name].read(text)
    except ValueError as error:
        raise BadFilter(f"{name}: {error}.") from error


def parse_limit(
    text: str | None,
    *,
    default: int = LIMIT_DEFAULT,
    most: int = LIMIT_MAX,
    refuse: type[LightningError] = BadFilter,
) -> int:
    """A ``limit`` parameter: 1 to ``most``."""
    if not text:
        return default
    number = whole_number(text)
    if number is None or not 1 <= number <= most:
        raise refuse(f"limit: must be a whole number from 1 to {most}.")
    return number


def whole_number(text: str) -> int | None:
    """The number that ASCII digits write, when a 64-bit column could hold it; None otherwise."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX
    return int(text) if is_number else None


def write_token(parts: list[str]) -> str:
    """An opaque page token of these parts."""
    return base64.urlsafe_b64encode(jsontext.encode(parts)).rstrip(b"=").decode()


def read_token(token: str) -> list[str]:
    """The parts of a page token; raises BadPage when nobody handed it out."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        parts = jsontext.decode(raw)
    except (binascii.Error, ValueError) as error:
        raise BadPage() from error
    if not (isinstance(parts, list) and parts and all(isinstance(part, str) for part in parts)):
        raise BadPage()
    if write_token(parts) != token:  # base64 passes over what does not belong to it
        raise BadPage()
    return parts


def number_in(token: str, about: Sequence[str]) -> int:
    """The place behind which a page begins, from ``write_token([*about, place])``; raises BadPage
    for the token of another list, or of the same one with other filters.
    """
    *told, place = read_token(token)
    number = whole_number(place)
    if told != list(about) or number is None:
        raise BadPage()
    return number
