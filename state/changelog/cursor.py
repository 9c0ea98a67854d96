"""A place in the change log, as clients carry it."""

import re
from dataclasses import dataclass

from state.domain.errors import BadCursor

_CURSOR = re.compile(r"([0-9a-f]{8})\.([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Behind which row the reader goes on; ``epoch`` tells a restored database from this one."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The cursor a client sent back; raises BadCursor."""
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise BadCursor(f"{text[:40]!r} is not a cursor.")
        return cls(match[1], int(match[2]))
