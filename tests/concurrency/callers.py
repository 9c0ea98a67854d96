"""Callers who go on whatever happens: each says what it knows to have been done, and no more."""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.concurrency.fleet import Fleet
from tests.contract.watching import watching
from tests.rig.server import Server

REQUEST_SECONDS = 30.0
PAUSE_SECONDS = 0.05
PATIENCE_SECONDS = 120.0
NO_CACHE = {"Cache-Control": "no-cache"}
NOT_DONE = {502, 503, 504}


class Caller:
    """Calls several instances in turn, as a client with their list does."""

    def __init__(self, servers: Sequence[Server], stop: threading.Event, role: str = "agent"):
        self.stop = stop
        self.servers = servers
        key = servers[0].backend.keys[role]
        self._clients = [
            httpx.Client(base_url=server.url, headers={"X-Api-Key": key}, timeout=REQUEST_SECONDS)
            for server in servers
        ]
        self._turn = 0

    def attempt(self, method: str, path: str, **request: Any) -> httpx.Response | None:
        """The next instance's answer; None when there is none or it could not do it now."""
        self._turn += 1
        client = self._clients[self._turn % len(self._clients)]
        try:
            answer = client.request(method, path, **request)
        except httpx.TransportError:
            time.sleep(PAUSE_SECONDS)
            return None
        if answer.status_code in NOT_DONE:
            time.sleep(PAUSE_SECONDS)
            return None
        return answer

    def until_answered(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Asks until it is known what came of it; a write carries an Idempotency-Key.

        It does so after the end of the run as well: a write that may have been done has to be
        counted, or not.
        """
        headers = {**request.pop("headers", {})}
        if method != "GET":
            headers["Idempotency-Key"] = uuid.uuid4().hex
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self.attempt(method, path, headers=headers, **request)
            if answer is None:
                continue
            if answer.status_code == 409 and answer.json()["code"] == "idempotency_in_flight":
                time.sleep(PAUSE_SECONDS)
                continue
            return answer
        raise AssertionError(f"{method} {path} was not answered within {PATIENCE_SECONDS:.0f} s")

    def read(self, path: str) -> dict[str, Any]:
        answer = self.until_answered("GET", path, headers=NO_CACHE)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state

    def close(self) -> None:
        for client in self._clients:
            client.close()


def count_with_versions(caller: Caller, path: str) -> int:
    """Adds one to a counter by compare-and-swap, again and again: how often it was acknowledged."""
    acknowledged = 0
    while not caller.stop.wait(PAUSE_SECONDS):
        state = caller.read(path)
        answer = caller.until_answered(
            "PATCH",
            path,
            json={"properties": {"number": state["properties"]["number"] + 1}},
            headers={"If-Match": f'"{state["version"]}"'},
        )
        assert answer.status_code in {200, 412}, answer.text
        acknowledged += answer.status_code == 200
    return acknowledged


def count_under_a_lock(caller: Caller, path: str, owner: str) -> list[tuple[int, int]]:
    """Adds one with only the lock as protection: fencing token and version of each that landed."""
    landed = []
    wish = {"kind": "agent", "id": path.rpartition("/")[2], "owner": owner, "ttlSeconds": 5}
    while not caller.stop.wait(PAUSE_SECONDS):
        granted = caller.until_answered("POST", "/api/v1/locks", json={**wish, "waitSeconds": 5})
        if granted.status_code == 409:
            assert granted.json()["code"] == "lock_unavailable", granted.text
            continue
        assert granted.status_code == 201, granted.text
        lease = granted.json()
        holding = {"Lock-Token": lease["token"]}
        number = caller.read(path)["properties"]["number"]
        body = {"properties": {"number": number + 1}}
        written = caller.until_answered("PATCH", path, json=body, headers=holding)
        if written.status_code == 200:
            landed.append((lease["fencingToken"], written.json()["version"]))
        else:
            assert (written.status_code, written.json()["code"]) == (409, "lock_lost")
        given_back = caller.until_answered(
            "DELETE", f"/api/v1/locks/{lease['lockId']}", headers=holding
        )
        assert given_back.status_code in {204, 404, 409}, given_back.text
    return landed


def follow_by_polls(caller: Caller, fleet: Fleet) -> Fleet:
    """Applies every event, over whichever instance answers; `Fleet` refuses a gap or a repeat."""

    def page(wait: int) -> list[dict[str, Any]]:
        parameters = {"after": fleet.cursor, "wait": wait, "limit": 200}
        answer = caller.until_answered("GET", "/api/v1/events", params=parameters)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        for event in body["events"]:
            fleet.apply(event)
        fleet.cursor = body["cursor"]
        events: list[dict[str, Any]] = body["events"]
        return events

    while not caller.stop.is_set():
        page(wait=5)
    return fleet


def follow_by_socket(servers: Sequence[Server], stop: threading.Event, fleet: Fleet) -> Fleet:
    """The same over ``/ws/events``, reconnecting with the last cursor to the next instance."""
    key = servers[0].backend.keys["viewer"]
    turn = 0
    while not stop.is_set():
        turn += 1
        try:
            with watching(servers[turn % len(servers)], key, after=fleet.cursor) as socket:
                while not stop.is_set():
                    frame = socket.frame_within(20.0)  # a heartbeat comes every 15 s
                    assert frame["type"] != "error" or frame["code"] not in {
                        "bad_cursor",
                        "cursor_expired",
                    }, frame
                    for event in frame.get("events", ()):
                        fleet.apply(event)
                    fleet.cursor = frame.get("cursor", fleet.cursor)
        except (OSError, ConnectionClosed, InvalidHandshake, EOFError):  # TimeoutError is one too
            stop.wait(PAUSE_SECONDS)
    return fleet


def keeps_going(work: Callable[[], Any], stop: threading.Event) -> Callable[[], Any]:
    """The same work; when it fails, everybody else stops too."""

    def run() -> Any:
        try:
            return work()
        except BaseException:
            stop.set()
            raise

    return run
