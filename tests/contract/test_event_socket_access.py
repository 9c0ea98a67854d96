"""§5, §10: who may watch over ``WS /ws/events``, and how a refusal closes the socket."""

import threading
import time
from collections.abc import Callable

import httpx
import pytest

from tests.contract.conftest import Create
from tests.contract.sessions import cookie_header, csrf, signed_in
from tests.contract.test_credentials import IN_FORCE_SECONDS
from tests.contract.watching import cursor_now, watching
from tests.patience import attempts
from tests.rig.database import query
from tests.rig.server import Server

pytestmark = pytest.mark.one_place


def refusal(
    server: Server, key: str | None, headers: dict[str, str] | None = None, **parameters: str
) -> tuple[str, int | None]:
    """The error code and the close code of a socket that is refused."""
    with watching(server, key, headers, **parameters) as watcher:
        frame, close_code = watcher.closed()
    assert frame is not None
    assert frame["type"] == "error"
    return frame["code"], close_code


@pytest.mark.parametrize("role", ["viewer", "agent", "operator", "admin"])
def test_every_role_may_watch(server: Server, role: str) -> None:
    with watching(server, server.backend.keys[role]) as watcher:
        assert watcher.frame()["type"] == "heartbeat"


def test_an_x_api_key_counts(server: Server) -> None:
    headers = {"X-Api-Key": server.backend.keys["viewer"]}
    with watching(server, None, headers) as watcher:
        assert watcher.frame()["type"] == "heartbeat"


def test_a_session_counts(server: Server) -> None:
    headers = cookie_header(signed_in(server, "viewer"))
    with watching(server, None, headers) as watcher:
        assert watcher.frame()["type"] == "heartbeat"


def test_without_credentials_it_closes_with_4401(server: Server) -> None:
    assert refusal(server, None) == ("unauthenticated", 4401)


def test_a_wrong_key_closes_with_4401(server: Server) -> None:
    assert refusal(server, "wrong.key") == ("unauthenticated", 4401)


def test_a_refused_watcher_gets_no_event_and_no_metadata(server: Server, create: Create) -> None:
    with watching(server, None) as watcher:
        path = create("agents")
        frame, _ = watcher.closed()
    assert frame is not None
    assert frame.keys() <= {"type", "code", "detail"}
    assert path.rpartition("/")[2] not in str(frame)


# --- Origin ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://127.0.0.1:1", "null", "http://127.0.0.1.evil", "http://[bad"],
)
def test_a_foreign_origin_is_refused_even_with_a_valid_key(server: Server, origin: str) -> None:
    key = server.backend.keys["admin"]
    assert refusal(server, key, {"Origin": origin}) == ("forbidden", 4403)


def test_our_own_origin_is_fine(server: Server) -> None:
    with watching(server, server.backend.keys["viewer"], {"Origin": server.url}) as watcher:
        assert watcher.frame()["type"] == "heartbeat"


# --- Parameters --------------------------------------------------------------------------------


@pytest.mark.parametrize("cursor", ["x", "1", "0.0", "null", "%00", "deadbeef.-1"])
def test_a_malformed_cursor_closes_with_4400(server: Server, cursor: str) -> None:
    assert refusal(server, server.backend.keys["viewer"], after=cursor) == ("bad_cursor", 4400)


def test_a_cursor_never_handed_out_closes_with_4400(server: Server, client: httpx.Client) -> None:
    epoch, number, *proof = cursor_now(client).split(".")
    ahead = ".".join([epoch, f"{number}0", *proof])
    assert refusal(server, server.backend.keys["viewer"], after=ahead) == ("bad_cursor", 4400)


@pytest.mark.parametrize(
    "parameters", [{"kinds": "agent,robot"}, {"ids": "\x00"}, {"id": "agent-1"}], ids=str
)
def test_a_bad_filter_closes_with_4400(server: Server, parameters: dict[str, str]) -> None:
    key = server.backend.keys["viewer"]
    assert refusal(server, key, None, **parameters) == ("bad_filter", 4400)


# --- The end of the credentials ----------------------------------------------------------------


def test_a_revoked_key_closes_its_socket_with_4401_within_5_seconds(
    server: Server, new_id: Callable[[str], str]
) -> None:
    """Also while the key is in use elsewhere, so that an instance may remember it."""
    # The best of three: a machine that stands still makes a check late, and not every time.
    for _ in attempts("a revocation in force in time", most=3):
        seconds = seconds_from_revocation_to_close(server, new_id("watcher"))
        assert seconds < 20
        if seconds < IN_FORCE_SECONDS:
            return


def seconds_from_revocation_to_close(server: Server, name: str) -> float:
    key = server.create_key(name, "viewer")
    closed = threading.Event()

    def keep_using_it() -> None:
        with server.client(key) as client:
            while not closed.is_set():
                client.get("/api/v1/agents/some-agent")

    user = threading.Thread(target=keep_using_it)
    with watching(server, key) as watcher:
        assert watcher.frame()["type"] == "heartbeat"
        user.start()
        try:
            # Not through manage.py: its start would be part of the pause between two checks.
            query(server.backend, "update state_apikey set revoked = true where name = %s", [name])
            revoked_at = time.monotonic()
            frame, close_code = watcher.closed()
            seconds = time.monotonic() - revoked_at
        finally:
            closed.set()
            user.join()
    assert close_code == 4401
    assert frame is not None
    assert frame["code"] == "unauthenticated"
    return seconds


def test_a_session_that_ends_closes_its_socket_with_4401(server: Server) -> None:
    session = signed_in(server, "operator")
    with watching(server, None, cookie_header(session)) as watcher:
        assert watcher.frame()["type"] == "heartbeat"
        session.post("/accounts/logout/", headers=csrf(session))
        assert watcher.closed()[1] == 4401
