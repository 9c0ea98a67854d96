"""What one open page shows, and so what its socket has to be told."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct, field

from state.changelog.events import ChangeEvent
from state.domain.kinds import Kind

MAX_WATCHED_IDS = 100


class WatchMessage(Struct, tag="watch", rename="camel", kw_only=True):
    """The page's own words: sent on connecting, and whenever other rows are on the page.

    ``cursor`` is the position in the log the page has applied. ``kinds`` are the kinds whose lists
    it shows (told of comings and goings), ``rows`` the ids whose cells it shows, ``activity``
    whether it shows the feed of all changes, ``topics`` the figures it shows besides the counts.
    ``number`` comes back with every frame that is made for this message.
    """

    number: int = 0
    cursor: str = ""
    kinds: list[Kind] = field(default_factory=list)
    rows: dict[Kind, list[str]] = field(default_factory=dict)
    activity: bool = False
    topics: list[str] = field(default_factory=list)


class AckMessage(Struct, tag="ack", kw_only=True):
    seq: int


class VisibilityMessage(Struct, tag="visibility", kw_only=True):
    """The tab went behind others, or came to the front again."""

    hidden: bool


Message = WatchMessage | AckMessage | VisibilityMessage
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def decode_message(text: str | bytes) -> Message:
    """A message of the page; msgspec.DecodeError when it is none."""
    return _decoder.decode(text)


class Watch:
    """The rows, kinds and figures one page shows."""

    def __init__(self, message: WatchMessage | None = None) -> None:
        message = message or WatchMessage()
        keys = ((kind, state_id) for kind, ids in message.rows.items() for state_id in ids)
        self.number = message.number
        self.rows: frozenset[tuple[Kind, str]] = frozenset(_first(keys, MAX_WATCHED_IDS))
        self.kinds = frozenset(message.kinds)
        self.activity = message.activity
        self.topics = frozenset(message.topics)

    def concerns(self, event: ChangeEvent) -> bool:
        """Whether the page shows something of this change."""
        kind = Kind(event.kind)
        return self.activity or kind in self.kinds or (kind, event.state_id) in self.rows

    @property
    def agents(self) -> list[str]:
        """The agents whose heartbeats the page shows."""
        return [state_id for kind, state_id in self.rows if kind is Kind.AGENT]


def _first(keys: Iterable[Any], limit: int) -> list[Any]:
    return [key for _, key in zip(range(limit), keys, strict=False)]
