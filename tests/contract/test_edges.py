"""§8, §10, §11: hosts, origins, proxies and keys that are none, before a door does its work."""

import json

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.contract.bodies import READY
from tests.contract.conftest import NewPath
from tests.contract.raw_http import connected, exchange
from tests.contract.refusals import assert_refused
from tests.contract.sessions import signed_in
from tests.contract.watching import watching
from tests.rig.server import FreshServer, Server

pytestmark = pytest.mark.one_place

FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
IDS = [f"{number:040}" for number in range(1000)]


# --- As it is started ---------------------------------------------------------------------------


def test_a_thousand_ids_are_watched_over_http_and_over_a_socket(
    server: Server, viewer: httpx.Client
) -> None:
    ids = ",".join(IDS)
    assert viewer.get("/api/v1/events", params={"ids": ids}).status_code == 200
    with watching(server, server.backend.keys["viewer"], ids=ids) as watcher:
        assert watcher.frame()["type"] == "heartbeat"


@pytest.mark.behind_django_too
def test_a_proxys_password_beside_a_key_or_a_session_is_passed_over(
    server: Server, agent: str
) -> None:
    basic = {"Authorization": "Basic dXNlcjpwYXNzd29yZA=="}
    key = {"X-Api-Key": server.backend.keys["viewer"]}
    with server.client() as client:
        assert client.get(agent, headers={**basic, **key}).status_code == 200
        assert_refused(client.get(agent, headers=basic), 401, "unauthenticated")
    assert signed_in(server, "viewer").get(agent, headers=basic).status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, identity"])
def test_a_body_with_an_encoding_is_415(
    client: httpx.Client, new_path: NewPath, encoding: str
) -> None:
    path = new_path("agents")
    for call in (client.put, client.patch):
        answer = call(path, json=READY, headers={"Content-Encoding": encoding})
        assert_refused(answer, 415, "unsupported_media_type")
    assert client.put(path, json=READY, headers={"Content-Encoding": "identity"}).is_success


def test_a_url_without_an_id_is_404(client: httpx.Client) -> None:
    assert_refused(client.post("/api/v1/research//facts", json={"facts": []}), 404, "not_found")


@pytest.mark.behind_django_too
def test_a_request_without_a_host_is_refused(server: Server) -> None:
    answer = exchange(server, b"GET /health/live HTTP/1.1\r\n\r\n")
    assert (answer.status, answer.json()["code"]) == (400, "bad_host")


@pytest.mark.slow  # each guess costs the server a password's hash
def test_what_a_stranger_forwards_is_ignored(server: Server) -> None:
    with server.client() as client:
        login = client.get("/accounts/login/", headers=FORWARDED)
        assert "Secure" not in login.headers["Set-Cookie"]
        for attempt in range(12):
            form = {"username": "guessed", "password": "wrong"}
            form["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
            refused = client.post(
                "/accounts/login/",
                data=form,
                headers={"X-Forwarded-For": f"203.0.113.{attempt}", "Referer": server.url},
            )
    assert refused.status_code == 429


# --- Behind a proxy, with names -----------------------------------------------------------------


NAMED = {
    "ALLOWED_HOSTS": "app.example",
    "TRUSTED_PROXIES": "127.0.0.1",
    "LIGHTNING_ANONYMOUS_ROLE": "agent",
}


def refusal_of(server: Server, host: str, **headers: str) -> tuple[str, int | None]:
    """The error code and the close code of a socket."""
    url = f"ws://{host}/ws/events"
    with connect(url, sock=connected(server), additional_headers=headers) as socket:
        code = json.loads(socket.recv(timeout=10))["code"]
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
        return code, socket.close_code


def test_names_pages_and_proxies(fresh_server: FreshServer) -> None:
    server = fresh_server(**NAMED)
    key = ("X-Api-Key", server.backend.keys["agent"])

    def ask(method: str, path: str, host: str, *lines: tuple[str, str]) -> httpx.Response:
        with httpx.Client(base_url=server.url) as client:
            return client.request(method, path, headers=[("Host", host), *lines])

    # Names: at both doors, for pages and for sockets; probes come by address.
    for path in ("/api/v1/agents/a", "/api/v1/summary", "/accounts/login/"):
        assert_refused(ask("GET", path, "evil.example", key), 400, "bad_host")
    assert ask("GET", "/api/v1/agents/a", "App.Example:8443", key).status_code == 404
    assert ask("GET", "/health/ready", "10.0.0.7").status_code == 200
    assert refusal_of(server, "evil.example") == ("bad_host", 4400)
    assert "Traceback" not in server.log_tail(1000)

    # Pages of other sites, where no key is needed.
    foreign = ("Origin", "http://evil.example")
    beat = "/api/v1/agents/a/heartbeat"
    assert_refused(ask("POST", beat, "app.example", foreign), 403, "forbidden")
    assert_refused(
        ask("POST", beat, "app.example", ("Sec-Fetch-Site", "cross-site")), 403, "forbidden"
    )
    assert ask("POST", beat, "app.example", foreign, key).status_code in {204, 404}
    assert refusal_of(server, "app.example", Origin="http://evil.example")[1] == 4403

    # A proxy that is named.
    forwarded = list(FORWARDED.items())
    login = ask("GET", "/accounts/login/", "app.example", *forwarded)
    assert "Secure" in login.headers["Set-Cookie"]
    plain = ask("GET", "/accounts/login/", "app.example")
    assert "Secure" not in plain.headers["Set-Cookie"]


def test_unknown_keys_are_limited_and_the_good_ones_are_not(fresh_server: FreshServer) -> None:
    server = fresh_server()
    with server.client() as client:

        def ask(key: str) -> httpx.Response:
            return client.get("/api/v1/agents/nobody", headers={"X-Api-Key": key})

        good = server.backend.keys["viewer"]
        assert ask(good).status_code == 404
        answers = [ask(f"wrong.{number}") for number in range(300)]
        limited = [answer for answer in answers if answer.status_code != 401]
        assert len(limited) > 100
        assert_refused(limited[0], 429, "rate_limited")
        assert limited[0].headers["Retry-After"]
        assert ask(good).status_code == 404
