"""docs/operations.md: TLS, HTTP Basic, a prefix, compression, sockets and two instances work."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.contract.bodies import READY
from tests.proxies.proxy import (
    HOST,
    PASSWORD,
    USER,
    haproxy,
    missing_program,
    nginx,
    trust_anything,
)
from tests.rig.backends import Backends
from tests.rig.prepare_database import PASSWORD as ACCOUNT_PASSWORD
from tests.rig.server import Server, running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        missing_program("nginx", "haproxy", "openssl") is not None,
        reason="nginx, HAProxy or OpenSSL is missing: apt-get install nginx haproxy openssl",
    ),
]

BASIC = {"Authorization": f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"}


@pytest.fixture(scope="module")
def server(backends: Backends) -> Iterator[Server]:
    backend = backends.fresh("sqlite")
    settings = {"ALLOWED_HOSTS": HOST, "TRUSTED_PROXIES": "127.0.0.1"}
    with running(Server(backend, backend.directory, **settings)) as (instance,):
        yield instance


@pytest.fixture
def behind_nginx(server: Server, tmp_path: Path) -> Iterator[httpx.Client]:
    with (
        nginx(tmp_path, server.port) as port,
        httpx.Client(
            base_url=f"https://{HOST}:{port}/lightning", verify=trust_anything(), timeout=30
        ) as client,
    ):
        yield client


def test_pages_behind_nginx(behind_nginx: httpx.Client) -> None:
    client = behind_nginx
    assert client.get("/").status_code == 401  # nginx's own
    client.headers.update(BASIC)
    to_login = client.get("/")
    assert to_login.headers["Location"] == "/lightning/accounts/login/?next=/lightning/"

    login = client.get("/accounts/login/")
    assert all("Secure" in cookie for cookie in login.headers.get_list("Set-Cookie"))
    for url in re.findall(r'(?:href|src)="([^"]+\.(?:css|js|svg))"', login.text):
        assert url.startswith("/lightning/static/")
        asset = client.get(url.removeprefix("/lightning"))
        assert asset.status_code == 200, url
        if url.endswith(".css") and len(asset.content) > 1000:
            assert asset.headers["Content-Encoding"] == "gzip"

    form = {
        "username": "operator",
        "password": ACCOUNT_PASSWORD,
        "csrfmiddlewaretoken": client.cookies["csrftoken"],
    }
    origin = str(client.base_url).removesuffix("/lightning/")
    entered = client.post("/accounts/login/", data=form, headers={"Origin": origin})
    assert (entered.status_code, entered.headers["Location"]) == (302, "/lightning/")
    page = client.get("/")
    assert page.status_code == 200
    assert 'data-base="/lightning/"' in page.text
    links = re.findall(r'href="(/[^"]*)"', page.text)
    assert links
    assert all(link.startswith("/lightning/") for link in links)

    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    url = f"{origin.replace('https', 'wss')}/lightning/ws/dashboard"
    headers = {**BASIC, "Cookie": cookies, "Origin": origin}
    with connect(url, ssl=trust_anything(), additional_headers=headers) as socket:
        assert json.loads(socket.recv(timeout=30))["type"] == "frame"


def test_the_api_behind_nginx(server: Server, behind_nginx: httpx.Client) -> None:
    client = behind_nginx
    client.headers.update({**BASIC, "X-Api-Key": server.backend.keys["agent"]})
    made = client.put("/api/v1/agents/a", json={**READY, "properties": {"text": "x" * 5000}})
    assert (made.status_code, made.headers["Location"]) == (201, "/lightning/api/v1/agents/a")
    etag = client.get("/api/v1/agents/a").headers["ETag"]
    assert client.put("/api/v1/agents/a", json=READY, headers={"If-Match": etag}).is_success
    ids = ",".join(f"{number:040}" for number in range(1000))
    assert client.get("/api/v1/events", params={"ids": ids}).status_code == 200
    too_large = client.put("/api/v1/agents/a", content=b" " * (16 * 1024 * 1024 + 1))
    assert too_large.headers["Content-Type"] == "application/problem+json"

    address = str(client.base_url).replace("https", "wss")
    headers = {**BASIC, "X-Api-Key": server.backend.keys["viewer"]}
    with connect(
        f"{address}ws/events?ids={ids}", ssl=trust_anything(), additional_headers=headers
    ) as socket:
        assert json.loads(socket.recv(timeout=30))["type"] == "heartbeat"


def test_two_instances_behind_haproxy(server: Server, tmp_path: Path) -> None:
    key = {"X-Api-Key": server.backend.keys["agent"]}
    ids = ",".join(f"{number:040}" for number in range(1000))
    with (
        haproxy(tmp_path, server.port) as port,
        httpx.Client(
            base_url=f"https://{HOST}:{port}", headers=key, verify=trust_anything(), timeout=30
        ) as client,
    ):
        for number in range(20):  # the other instance is not there
            assert client.put(f"/api/v1/agents/a{number}", json=READY).status_code == 201
        assert "Secure" in client.get("/accounts/login/").headers["Set-Cookie"]
        assert client.get("/api/v1/events", params={"ids": ids}).status_code == 200
        with connect(
            f"wss://{HOST}:{port}/ws/events", ssl=trust_anything(), additional_headers=key
        ) as socket:
            assert json.loads(socket.recv(timeout=30))["type"] == "heartbeat"
