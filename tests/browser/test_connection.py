"""The socket of a page: lost, found again, refused, ended with the session."""

import json
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import WebSocketRoute, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.browser.agents import create_agent
from tests.browser.conftest import Open
from tests.rig.browser import Pages
from tests.rig.server import FreshServer, Server
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


@pytest.mark.faults
def test_a_page_comes_back_with_the_server_and_misses_nothing(
    fresh_server: FreshServer, at: Open, new_id: NewId
) -> None:
    server = fresh_server()
    agent_id = new_id("agent")
    create_agent(server.client_as("agent"), agent_id)
    operator = at(f"/agents/{agent_id}/", server=server)
    operator.mark_page()
    server.kill()
    operator.wait_until("reconnecting")
    server.restart()
    # Written before the page is back: only a resumed log or a fresh reading can tell of it.
    change = {"status": "Processing", "activeTaskIds": ["while-away"]}
    client = server.client_as("agent")
    client.patch(f"/api/v1/agents/{agent_id}", json=change).raise_for_status()
    operator.wait_until("live")
    expect(operator.cell("agent", agent_id, "status")).to_have_text("Processing")
    expect(operator.page.locator("#tasks")).to_contain_text("while-away")
    assert not operator.was_reloaded


@pytest.mark.faults
def test_a_page_is_lagging_while_the_server_stands_still(
    fresh_server: FreshServer, at: Open
) -> None:
    server = fresh_server()
    operator = at("/", server=server)
    server.pause()
    operator.wait_until("lagging")
    server.resume()
    operator.wait_until("live")


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


def test_a_page_whose_socket_alone_is_refused_stays_and_tries_again(open_page: Pages) -> None:
    page = open_page("/accounts/login/")
    loads: list[str] = []
    sockets: list[str] = []

    def refuse(socket: WebSocketRoute) -> None:
        sockets.append(socket.url)
        socket.close(code=4401)

    page.on("load", lambda loaded: loads.append(loaded.url))
    page.route_web_socket("**/ws/dashboard", refuse)
    page.goto("/")
    # The page itself is still answered: it is not loaded anew. Playwright hears while it is asked.
    wait_for(lambda: page.title() and len(sockets) >= 4, what="the fourth socket")
    assert len(loads) == 1


def test_a_page_whose_socket_alone_is_refused_does_not_reload(open_page: Pages) -> None:
    page = open_page("/accounts/login/")
    loads: list[str] = []
    sockets: list[str] = []

    def refuse(socket: WebSocketRoute) -> None:
        sockets.append(socket.url)
        socket.close(code=4401)

    page.on("load", lambda loaded: loads.append(loaded.url))
    page.route_web_socket("**/ws/dashboard", refuse)
    page.goto("/")
    # Playwright hears while it is asked.
    wait_for(lambda: page.title() and len(sockets) >= 3, what="the third socket")
    assert len(loads) == 1


def test_the_socket_refuses_who_is_not_signed_in(server: Server) -> None:
    with open_socket(server) as socket:
        assert refusal_of(socket) == ("unauthenticated", 4401)


def test_the_socket_refuses_a_foreign_origin(at: Open, server: Server) -> None:
    operator = at("/")
    cookie = operator.session_cookie
    origin = "https://elsewhere.example"
    with open_socket(server, additional_headers=cookie, origin=origin) as socket:
        assert refusal_of(socket) == ("forbidden", 4403)


def test_the_socket_refuses_what_is_no_message(at: Open, server: Server) -> None:
    operator = at("/")
    with open_socket(server, additional_headers=operator.session_cookie) as socket:
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
    operator = at("/")
    with open_socket(server, additional_headers=operator.session_cookie) as socket:
        watch = {"type": "watch", "cursor": operator.cursor, "rows": {"agent": [agent_id]}}
        socket.send(json.dumps(watch))
        frames = [json.loads(socket.recv(timeout=ANSWER_SECONDS)) for _ in range(2)]
        for number in range(1, 21):
            client.patch(url, json={"activeTaskIds": [str(number)]}).raise_for_status()
        with pytest.raises(TimeoutError):
            socket.recv(timeout=2.5)
        socket.send(json.dumps({"type": "ack", "seq": frames[-1]["seq"]}))
        rows = json.loads(socket.recv(timeout=ANSWER_SECONDS))["rows"]
        assert [(row["id"], row["version"]) for row in rows] == [(agent_id, 21)]
