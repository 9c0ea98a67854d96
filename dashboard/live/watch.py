"""What one open page shows, and so what its socket has to be told."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct, field

from state.domain.kinds import Kind

MAX_WATCHED_IDS = 1_000


class WatchMessage(Struct, tag="watch", rename="camel", kw_only=True):
    """The page's own words: sent on connecting, and whenever other rows are on the page.

    ``cursor`` is the place in the log the page was rendered at. ``kinds`` are the kinds whose
    lists it shows (told of comings and goings), ``rows`` the ids whose cells it shows;
    ``activity`` is the overview: the feed, the pulse and the cache's figures.
    """

    cursor: str = ""
    kinds: list[Kind] = field(default_factory=list)
    rows: dict[Kind, list[str]] = field(default_factory=dict)
    activity: bool = False


class AckMessage(Struct, tag="ack", kw_only=True):
    seq: int


_decoder = msgspec.json.Decoder(WatchMessage | AckMessage)


def decode_message(text: str | bytes) -> WatchMessage | AckMessage:
    """A message of the page; msgspec.DecodeError when it is none."""
    message: WatchMessage | AckMessage = _decoder.decode(text)
    return message


class Watch:
    """The rows, kinds and panels one page shows."""

    def __init__(self, message: WatchMessage | None = None) -> None:
        message = message or WatchMessage()
        keys = ((kind, state_id) for kind, ids in message.rows.items() for state_id in ids)
        self.rows: frozenset[tuple[Kind, str]] = frozenset(_first(keys, MAX_WATCHED_IDS))
        self.kinds = frozenset(message.kinds)
        self.activity = message.activity


def _first(keys: Iterable[Any], limit: int) -> list[Any]:
    return [key for _, key in zip(range(limit), keys, strict=False)]
