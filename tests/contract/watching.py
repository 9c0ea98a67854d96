"""Watches the change log, over ``GET /events`` and over ``WS /ws/events``."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.contract.processes import has_read_everything
from tests.rig.server import NO_TLS, Server
from tests.rig.waiting import wait_for

Event = dict[str, Any]
FRAME_SECONDS = 10.0


def cursor_now(client: httpx.Client) -> str:
    """The log's end."""
    cursor: str = client.get("/api/v1/events").json()["cursor"]
    return cursor


def events_after(client: httpx.Client, cursor: str, count: int, **filters: Any) -> list[Event]:
    """The first ``count`` events behind a cursor, and whatever came with the last of them."""
    events: list[Event] = []
    while len(events) < count:
        page = client.get("/api/v1/events", params={**filters, "after": cursor, "wait": 5}).json()
        assert page["events"], f"only {len(events)} of {count} events came within 5 s"
        events += page["events"]
        cursor = page["cursor"]
    return events


def start_poll(
    threads: ThreadPoolExecutor, server: Server, cursor: str, wait_seconds: int
) -> Future[httpx.Response]:
    """A long poll; returns when the server has read the request."""
    sent = threading.Event()

    def note(step: str, _: object) -> None:
        if step == "http11.send_request_body.complete":
            sent.set()

    def ask() -> httpx.Response:
        # No client of the server's: those are closed when it is stopped.
        key = server.backend.keys["viewer"]
        with httpx.Client(
            headers={"X-Api-Key": key}, timeout=wait_seconds + 30, verify=NO_TLS
        ) as client:
            return client.get(
                f"{server.url}/api/v1/events",
                params={"after": cursor, "wait": wait_seconds},
                extensions={"trace": note},
            )

    poll = threads.submit(ask)
    wait_for(lambda: sent.is_set() and has_read_everything(server.port), what="the poll's arrival")
    return poll


class Watcher:
    """A socket on ``/ws/events``."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.cursor = ""

    def frame(self) -> dict[str, Any]:
        """The next frame."""
        return self.frame_within(FRAME_SECONDS)

    def frame_within(self, timeout_seconds: float) -> dict[str, Any]:
        """The next frame; TimeoutError when it does not come in time."""
        frame: dict[str, Any] = json.loads(self._socket.recv(timeout=timeout_seconds))
        self.cursor = frame.get("cursor", self.cursor)
        return frame

    def size_and_events(self) -> tuple[int, list[Event]]:
        """The next frame of events: its size in bytes, and what it holds.

        The writing before it may take so long that a heartbeat comes in between.
        """
        while True:
            text = self._socket.recv(timeout=FRAME_SECONDS)
            frame = json.loads(text)
            if frame["type"] == "events":
                return len(text.encode() if isinstance(text, str) else text), frame["events"]

    def events(self, count: int) -> list[Event]:
        """The next ``count`` events, and whatever came with the last of them."""
        events: list[Event] = []
        while len(events) < count:
            frame = self.frame()
            if frame["type"] == "events":
                events += frame["events"]
        return events

    def closed(self) -> tuple[dict[str, Any] | None, int | None]:
        """The last frame before the server closes the socket, and the close code."""
        last = None
        while True:
            try:
                last = self.frame()
            except ConnectionClosed as end:
                return last, end.rcvd.code if end.rcvd else None


@contextmanager
def watching(
    server: Server, key: str | None, headers: dict[str, str] | None = None, **parameters: str
) -> Iterator[Watcher]:
    """A watcher of a server with a key (or none); parameters go into the URL."""
    credentials = {"Authorization": f"Bearer {key}"} if key else {}
    url = f"{server.websocket_url}/ws/events?{urlencode(parameters)}"
    with connect(
        url,
        additional_headers={**credentials, **(headers or {})},
        max_size=None,
        compression=None,
        proxy=None,
    ) as socket:
        yield Watcher(socket)
