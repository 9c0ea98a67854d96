"""The socket of a page: without a network, refused, ended with the session, slow to read."""

import json
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import WebSocketRoute, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.browser.agents import create_agent
from tests.browser.conftest import Open
from tests.browser.windows import Windows
from tests.rig.server import Server
from tests.rig.waiting import wait_for

NewId = Callable[[str], str]
ANSWER_SECONDS = 30.0


def open_socket(server: Server, **options: object) -> ClientConnection:
    return connect(f"{server.websocket_url}/ws/dashboard", open_timeout=ANSWER_SECONDS, **options)


def refusal_of(socket: ClientConnection) -> tuple[str, int]:
    """The error frame's code and the close code."""
    error = json.loads(socket.recv(timeout=ANSWER_SECONDS))
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=ANSWER_SECONDS)
    assert error["type"] == "error"
    return error["code"], socket.close_code


def test_a_page_without_a_network_is_offline(at: Open) -> None:
    operator = at("/agents/")
    operator.page.context.set_offline(True)
    operator.wait_until("offline")
    operator.page.context.set_offline(False)
    operator.wait_until("live")


def test_the_socket_ends_with_the_session(at: Open, server: Server) -> None:
    operator = at("/")
    cookie = operator.session_cookie
    with open_socket(server, additional_headers=cookie) as socket:
        operator.page.get_by_role("button", name="Sign out").click()
        while (frame := json.loads(socket.recv(timeout=ANSWER_SECONDS)))["type"] != "error":
            socket.send(json.dumps({"type": "ack", "seq": frame["seq"]}))
        assert frame["code"] == "unauthenticated"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=ANSWER_SECONDS)
        assert socket.close_code == 4401


def test_a_page_whose_socket_alone_is_refused_stays_and_tries_again(open_page: Windows) -> None:
    page = open_page("/accounts/login/", own=True)
    loads: list[str] = []
    sockets: list[str] = []

    def refuse(socket: WebSocketRoute) -> None:
        sockets.append(socket.url)
        socket.close(code=4401)

    page.on("load", lambda loaded: loads.append(loaded.url))
    page.route_web_socket("**/ws/dashboard", refuse)
    page.goto("/")
    # The page itself is still answered: it is not loaded anew. Playwright hears while it is asked.
    wait_for(lambda: page.title() and len(sockets) >= 3, what="the third socket")
    assert len(loads) == 1


def test_the_socket_refuses_strangers_foreign_origins_and_what_is_no_message(
    at: Open, server: Server
) -> None:
    with open_socket(server) as socket:
        assert refusal_of(socket) == ("unauthenticated", 4401)
    cookie = at("/").session_cookie
    origin = "https://elsewhere.example"
    with open_socket(server, additional_headers=cookie, origin=origin) as socket:
        assert refusal_of(socket) == ("forbidden", 4403)
    with open_socket(server, additional_headers=cookie) as socket:
        socket.send('{"type":"nonsense"}')
        frame = json.loads(socket.recv(timeout=ANSWER_SECONDS))
        while frame["type"] == "frame":
            frame = json.loads(socket.recv(timeout=ANSWER_SECONDS))
        assert frame["code"] == "malformed"


def test_a_reader_that_acknowledges_nothing_gets_two_frames_and_then_the_latest_state(
    at: Open, server: Server, client: httpx.Client, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    url = f"/api/v1/agents/{agent_id}"
    create_agent(client, agent_id)
    operator = at(f"/agents/{agent_id}/")
    with open_socket(server, additional_headers=operator.session_cookie) as socket:
        watch = {"type": "watch", "cursor": operator.cursor, "rows": {"agent": [agent_id]}}
        socket.send(json.dumps(watch))
        frames = [json.loads(socket.recv(timeout=ANSWER_SECONDS)) for _ in range(2)]
        for number in range(1, 21):
            client.patch(url, json={"activeTaskIds": [str(number)]}).raise_for_status()
        # A page that acknowledges was told all of it meanwhile.
        expect(operator.cell("agent", agent_id, "version")).to_have_text("21")
        socket.send(json.dumps({"type": "ack", "seq": frames[-1]["seq"]}))
        rows = json.loads(socket.recv(timeout=ANSWER_SECONDS))["rows"]  # the third frame
        assert [(row["id"], row["version"]) for row in rows] == [(agent_id, 21)]
