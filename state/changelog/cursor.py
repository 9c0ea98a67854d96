"""A position in the change log, as clients carry it."""

import hashlib
import hmac
import re

from django.conf import settings
from msgspec import Struct

from state.domain.errors import BadCursor

_CURSOR = re.compile(
    r"([0-9a-f]{8})\.(0|[1-9][0-9]{0,17})\.(0|[1-9a-f][0-9a-f]{0,14})\.([0-9a-f]{12})"
)
_KEY = hashlib.sha256(b"change log cursor:" + settings.SECRET_KEY.encode()).digest()
_SIGNER = hashlib.blake2b(key=_KEY, digest_size=6)  # copied: a signature costs a microsecond


class Cursor(Struct, frozen=True):
    """Behind which row the reader goes on.

    ``at_us`` is the log's time there: of the newest row up to ``seq``, in microseconds since 1970;
    0 in an empty log. A database that was restored from a backup writes other rows at the same
    numbers, but not at the same times: so a cursor tells whether its history is still this one.
    As text it is signed: whatever comes back was handed out.
    """

    epoch: str
    seq: int
    at_us: int

    def __str__(self) -> str:
        position = f"{self.epoch}.{self.seq}.{self.at_us:x}"
        return f"{position}.{_signature(position)}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The cursor a client sent back; raises BadCursor for what was never handed out."""
        match = _CURSOR.fullmatch(text)
        position, _, signature = text.rpartition(".")
        if match is None or not hmac.compare_digest(signature, _signature(position)):
            raise BadCursor(f"{text[:60]!r} is not a cursor of this deployment.")
        return cls(match[1], int(match[2]), int(match[3], 16))


def _signature(position: str) -> str:
    signer = _SIGNER.copy()
    signer.update(position.encode())
    return signer.hexdigest()
