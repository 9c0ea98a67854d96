"""Following the change log: over a WebSocket, or by long polls where none gets through."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from lightning_client.answers import Change
from lightning_client.core.call import Failure
from lightning_client.core.calls.history import EventPage, events, watched
from lightning_client.core.calls.states import query
from lightning_client.core.effects import Dial, Emit, Flow, Pause, Receive
from lightning_client.core.exchange import Exchange
from lightning_client.errors import (
    LightningError,
    UnexpectedAnswer,
    Unreachable,
    error_of,
)

# The server sends a frame at least every 15 s.
_SILENCE_SECONDS = 35.0
_DIAL_SECONDS = 10.0
_PING_SECONDS = 20.0
_POLL_SECONDS = 20.0
_PASSING = {"internal", "database_unavailable", "overloaded", "timeout", "rate_limited"}


@dataclass(frozen=True, slots=True)
class WatchIsUp:
    """From this cursor on, every change will come."""

    cursor: str


@dataclass(frozen=True, slots=True)
class WatchIsDown:
    """Changes may have to wait until the watch is up again; none will be missed."""


Signal = WatchIsUp | WatchIsDown | Change


class NoWebSocket(Exception):
    """Something on the way to the server does not let WebSockets through."""


class _Frame(msgspec.Struct):
    type: str
    cursor: str = ""
    events: list[Change] = []


_decode_frame = msgspec.json.Decoder(_Frame).decode


@dataclass(frozen=True)
class Watched:
    """What is watched.

    Attributes:
        after: the cursor to go on from; None: from now on.
        ping_seconds: how often the connection is tried, and how long an answer may take.
        resume: False: after a break go on from then on, not from where it broke.
    """

    kinds: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    after: str | None = None
    ping_seconds: float = _PING_SECONDS
    resume: bool = True


def follow(exchange: Exchange, wanted: Watched) -> Flow[None]:
    """Emits changes and whether the watch is up; ends only with a refusal.

    Raises:
        CursorExpired, BadCursor, Unauthenticated, Forbidden, Malformed: what no patience helps.
    """
    cursor = wanted.after
    pause = 0.0
    while True:
        parameters = watched(wanted.kinds, wanted.ids, cursor)
        endpoint = exchange.endpoints.pick()
        if endpoint is None:
            yield Pause(max(0.1, exchange.endpoints.retry_in_seconds))
            continue
        url = _websocket_url(endpoint.url) + query(parameters)
        try:
            outcome = yield Dial(url, wanted.ping_seconds, _DIAL_SECONDS)
        except BaseException:
            endpoint.circuit.abandoned()
            raise
        if isinstance(outcome, Failure) and not isinstance(outcome.error, NoWebSocket):
            endpoint.circuit.failed()
            exchange.endpoints.leave(endpoint)
        else:
            endpoint.circuit.succeeded()
        before = cursor
        if isinstance(outcome, Failure):
            if isinstance(outcome.error, NoWebSocket):
                cursor = yield from _poll(exchange, parameters)
        else:
            cursor = yield from _listen(cursor)
        if not wanted.resume:
            cursor = wanted.after
        pause = 0.0 if cursor != before else _next_pause(pause)
        yield Pause(pause)


def _listen(cursor: str | None) -> Flow[str | None]:
    """Emits what comes over the socket until it breaks; returns the cursor reached."""
    is_up = False
    while True:
        text = yield Receive(_SILENCE_SECONDS)
        if isinstance(text, Failure):
            if is_up:
                yield Emit(WatchIsDown())
            return cursor
        try:
            frame = _decode_frame(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnexpectedAnswer(f"a frame that cannot be read: {error}") from error
        if frame.type == "error":
            refusal = error_of(msgspec.json.decode(text))
            if refusal.code not in _PASSING:
                raise refusal
            continue
        if not is_up:
            is_up = True
            yield Emit(WatchIsUp(frame.cursor))
        for change in frame.events:
            yield Emit(change)
        cursor = frame.cursor


def _poll(exchange: Exchange, parameters: Mapping[str, str | None]) -> Flow[str | None]:
    """The same by long polls; returns the cursor reached when one fails."""
    asked = dict(parameters)
    is_up = False
    try:
        while True:
            page: EventPage = yield from exchange.carry_out(events(asked, _POLL_SECONDS))
            asked["after"] = page.cursor
            if not is_up:
                is_up = True
                yield Emit(WatchIsUp(page.cursor))
            for change in page.events:
                yield Emit(change)
    except Unreachable:
        pass
    except LightningError as error:
        if error.code not in _PASSING:
            raise
    if is_up:
        yield Emit(WatchIsDown())
    return asked["after"]


def _next_pause(before: float) -> float:
    return min(3.0, random.uniform(0.1, max(0.2, before * 3)))


def _websocket_url(base_url: str) -> str:
    parts = urlsplit(base_url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return parts._replace(scheme=scheme).geturl() + "/ws/events"


def as_tuple(names: Iterable[str]) -> tuple[str, ...]:
    """Names given as any iterable; a single text is one name."""
    return (names,) if isinstance(names, str) else tuple(names)
