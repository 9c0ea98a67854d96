"""HTTP at its edges: bodies cut off or too long, lines repeated, URLs written differently."""

import json
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.contract.bodies import READY, if_match
from tests.contract.conftest import Create, NewPath
from tests.contract.raw_http import RawAnswer, connected, exchange, head
from tests.contract.refusals import assert_refused
from tests.rig.server import FreshServer, Server

pytestmark = pytest.mark.one_place

TOO_MUCH = 16 * 1024 * 1024 + 1
JSON = ("Content-Type", "application/json")


def credentials(server: Server, role: str = "agent") -> tuple[str, str]:
    return "Authorization", f"Bearer {server.backend.keys[role]}"


# --- Bodies that break off ----------------------------------------------------------------------


@pytest.mark.parametrize("framing", [("Content-Length", "100"), ("Transfer-Encoding", "chunked")])
@pytest.mark.behind_django_too
def test_a_body_that_breaks_off_stores_nothing(
    server: Server, client: httpx.Client, new_path: NewPath, framing: tuple[str, str]
) -> None:
    path, body = new_path("agents"), json.dumps(READY).encode()
    if framing[1] == "chunked":
        body = b"%x\r\n%s\r\n" % (len(body), body)
    with connected(server) as connection:
        connection.sendall(head("PUT", path, [credentials(server), JSON, framing]) + body)
    # Whatever the server makes of it, it has made of it before it answers the next write there.
    later = new_path("agents")
    assert client.put(later, json=READY).status_code == 201
    assert client.get(path, headers={"Cache-Control": "no-cache"}).status_code == 404


# --- Bodies above every limit -------------------------------------------------------------------


def chunks(size_bytes: int) -> Iterator[bytes]:
    piece = b" " * 65_536
    for _ in range(size_bytes // len(piece) + 1):
        yield piece


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
@pytest.mark.behind_django_too
def test_a_body_above_16_mib_is_judged_in_its_turn(
    server: Server,
    client: httpx.Client,
    viewer: httpx.Client,
    anonymous: httpx.Client,
    new_path: NewPath,
    announced: bool,
) -> None:
    path = new_path("agents")

    def put(by: httpx.Client, media_type: str = "application/json") -> httpx.Response:
        content = b" " * TOO_MUCH if announced else chunks(TOO_MUCH)
        return by.put(path, content=content, headers={"Content-Type": media_type})

    assert_refused(put(anonymous), 401, "unauthenticated")
    assert_refused(put(viewer), 403, "forbidden")
    assert_refused(put(client, "text/plain"), 415, "unsupported_media_type")
    assert_refused(put(client), 413, "too_large")
    assert client.put(path, json=READY).status_code == 201


@pytest.mark.behind_django_too
def test_a_batch_above_16_mib_is_413(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/agents/batch-set", content=chunks(TOO_MUCH), headers=headers)
    assert_refused(answer, 413, "too_large")


def test_a_lock_request_above_16_mib_is_413(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/locks", content=chunks(TOO_MUCH), headers=headers)
    assert_refused(answer, 413, "too_large")


# --- Header lines -------------------------------------------------------------------------------


def get(server: Server, path: str, *headers: tuple[str, str]) -> RawAnswer:
    return exchange(server, head("GET", path, [credentials(server), *headers]))


@pytest.mark.behind_django_too
def test_lines_of_one_name_are_one_list(server: Server, agent: str) -> None:
    matches = [("If-Match", '"1"'), ("If-Match", '"9"'), JSON, ("Content-Length", "2")]
    written = exchange(server, head("PATCH", agent, [credentials(server), *matches]) + b"{}")
    assert written.status == 200
    seen = [("If-None-Match", '"2"'), ("If-None-Match", '"99"')]
    assert get(server, agent, *seen).status == 304
    fresh = get(server, agent, ("Cache-Control", "no-cache"), ("Cache-Control", "max-age=0"))
    assert fresh.headers["x-cache"] == "DB"


@pytest.mark.behind_django_too
def test_two_credentials_are_none(server: Server, agent: str) -> None:
    answer = exchange(server, head("GET", agent, [credentials(server), credentials(server)]))
    assert answer.status == 401


# --- URLs ---------------------------------------------------------------------------------------


def test_a_slash_at_the_end_is_another_url(client: httpx.Client, agent: str) -> None:
    assert_refused(client.get(f"{agent}/"), 404, "not_found")
    assert_refused(client.put(f"{agent}/", json=READY, headers=if_match(1)), 404, "not_found")
    batch = client.post("/api/v1/agents/batch-get/", json={"ids": []})
    assert_refused(batch, 404, "not_found")


@pytest.mark.behind_django_too
def test_an_encoded_parameter_name_is_that_name(client: httpx.Client, create: Create) -> None:
    path = create("agents")
    client.patch(path, json={"status": "Paused"})
    assert client.get(f"{path}?%76ersion=1").json()["status"] == "Ready"


def test_api_without_a_slash_is_json_too(client: httpx.Client) -> None:
    assert_refused(client.get("/api"), 404, "not_found")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GARBAGE\r\n\r\n",
        b"FOO /api/v1/agents HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n",
    ],
    ids=["garbage", "unknown method", "bad length"],
)
def test_what_is_not_http_is_400(server: Server, request_bytes: bytes) -> None:
    answer = exchange(server, request_bytes)
    assert (answer.status, answer.json()["code"]) == (400, "malformed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["requestId"]


def test_a_host_that_is_none_is_400(client: httpx.Client) -> None:
    answer = client.get("/api/v1/summary", headers={"Host": "bad host!"})
    assert_refused(answer, 400, "bad_host")


@pytest.mark.parametrize("path", ["/ws/nothing", "/", "/api/v1/agents"])
def test_a_socket_at_an_unknown_url_is_told_so(server: Server, path: str) -> None:
    with connect(server.websocket_url + path, proxy=None) as socket:
        assert json.loads(socket.recv(timeout=10))["code"] == "not_found"
        with pytest.raises(ConnectionClosed) as end:
            socket.recv(timeout=10)
    assert end.value.rcvd is not None
    assert end.value.rcvd.code == 4404


# --- What Django refuses by itself --------------------------------------------------------------

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("query", "body", "media_type"),
    [
        ("?" + "a=1&" * 1001, b"", FORM),
        ("", b"a=1&" * 1001, FORM),
        ("", b"username=+AD", f"{FORM}; charset=utf-7"),
        ("", b"username=\xff", f"{FORM}; charset=utf-7"),
        ("", b"x", "multipart/form-data"),
    ],
    ids=["parameters", "fields", "utf-7", "utf-7 broken", "multipart"],
)
def test_a_form_that_cannot_be_read_is_400(
    server: Server, query: str, body: bytes, media_type: str
) -> None:
    with httpx.Client(base_url=server.url) as browser:
        browser.get("/accounts/login/")
        headers = {"Content-Type": media_type, "X-CSRFToken": browser.cookies["csrftoken"]}
        answer = browser.post(f"/accounts/login/{query}", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["X-Request-Id"]
    assert "Traceback" not in server.log_tail()


# --- Credentials --------------------------------------------------------------------------------


@pytest.mark.parametrize("lane", ["1", "0"])
def test_an_empty_credential_is_none(fresh_server: FreshServer, lane: str) -> None:
    settings = {"LIGHTNING_ANONYMOUS_ROLE": "viewer", "LIGHTNING_FAST_LANE": lane}
    anybody = fresh_server(**settings).client()
    for name in ("Authorization", "X-Api-Key"):
        answer = anybody.get("/api/v1/agents/nobody", headers={name: ""})
        assert_refused(answer, 404, "not_found")
