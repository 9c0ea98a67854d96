"""One change, as watchers and the history get it (contract §5)."""

from functools import cached_property
from typing import Any

from msgspec import Struct

from state.changelog.cursor import Cursor
from state.domain.jsontext import decode, encode
from state.domain.times import format_time, microseconds
from state.store.sqlite_values import from_column

COLUMNS = (
    "seq, kind, state_id, version, change_type, at, actor, reason, old_values, new_values,"
    " forced, batch"
)


class ChangeEvent(Struct, frozen=True, dict=True, weakref=True):
    """A row of the log; ``encoded`` is its JSON, made once and shared by all readers."""

    position: Cursor
    kind: str
    state_id: str
    version: int
    change_type: str
    at: str
    actor: str
    reason: str
    old_text: str
    new_text: str
    forced: bool
    batch: int | None

    @classmethod
    def from_row(cls, epoch: str, row: tuple[Any, ...]) -> "ChangeEvent":
        """An event from a row of ``COLUMNS``."""
        seq, kind, state_id, version, change_type, at, *rest = row
        moment = from_column(at)
        position = Cursor(epoch, seq, microseconds(moment))
        return cls(position, kind, state_id, version, change_type, format_time(moment), *rest)

    @property
    def seq(self) -> int:
        return self.position.seq

    @property
    def cursor(self) -> str:
        return str(self.position)

    @property
    def size(self) -> int:
        """How much there is to send, in characters: what pages are bounded by."""
        return len(self.old_text) + len(self.new_text)

    @property
    def old_values(self) -> dict[str, Any]:
        values: dict[str, Any] = decode(self.old_text)
        return values

    @property
    def new_values(self) -> dict[str, Any]:
        values: dict[str, Any] = decode(self.new_text)
        return values

    @cached_property
    def encoded(self) -> bytes:
        head = encode(
            {
                "cursor": self.cursor,
                "kind": self.kind,
                "id": self.state_id,
                "version": self.version,
                "changeType": self.change_type,
                "at": self.at,
                "actor": self.actor,
                "reason": self.reason,
                **({"forced": True} if self.forced else {}),
            }
        )
        old, new = self.old_text.encode(), self.new_text.encode()
        return head[:-1] + b',"oldValues":' + old + b',"newValues":' + new + b"}"
