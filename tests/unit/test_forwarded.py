"""Whom the server believes about a request, and what it believes."""

from typing import Any

import pytest

from state.doors.asgi.forwarded import Forwarded
from state.doors.asgi.types import WHOLE

PROXY, STRANGER = "192.0.2.7", "198.51.100.1"


@pytest.fixture(autouse=True)
def proxies(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["192.0.2.0/24"]
    settings.LIGHTNING_PATH_PREFIX = ""


async def forwarded(
    client: str | None,
    path: str = "/agents/",
    kind: str = "http",
    location: str = "",
    whole: Any = None,
    **lines: str,
) -> tuple[Any, dict[bytes, bytes]]:
    """The scope behind it, and the headers of the answer."""
    seen: list[Any] = []
    sent: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        headers = [(b"location", location.encode())] if location else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def receive() -> Any:
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(f"x-forwarded-{name}".encode(), value.encode()) for name, value in lines.items()]
    scheme = "http" if kind == "http" else "ws"
    scope = {"type": kind, "path": path, "scheme": scheme, "headers": headers}
    if whole:
        scope[WHOLE] = whole
    scope["client"] = (client, 1) if client else None
    await Forwarded(application)(scope, receive, send)
    return seen[0], dict(sent[0]["headers"])


async def test_a_proxy_that_is_named_is_believed() -> None:
    lines = {"for": f"{STRANGER}, 192.0.2.9", "proto": "https", "prefix": "/lightning"}
    scope, _ = await forwarded(PROXY, **lines)
    assert (scope["client"][0], scope["scheme"]) == (STRANGER, "https")
    assert (scope["root_path"], scope["path"]) == ("/lightning", "/agents/")


@pytest.mark.parametrize("client", [STRANGER, "127.0.0.1", None])
async def test_nobody_else_is(client: str | None) -> None:
    lines = {"for": "203.0.113.9", "proto": "https", "prefix": "/lightning"}
    scope, _ = await forwarded(client, **lines)
    assert scope["client"] == ((client, 1) if client else None)
    assert scope["scheme"] == "http"
    assert "root_path" not in scope


@pytest.mark.parametrize(
    ("path", "inside"),
    [("/lightning/agents/", "/agents/"), ("/agents/", "/agents/"), ("/lightning", "/")],
)
async def test_a_prefix_may_be_cut_off_already(path: str, inside: str) -> None:
    scope, _ = await forwarded(PROXY, path, prefix="/lightning/")
    assert scope["path"] == inside


async def test_a_socket_is_below_it_too() -> None:
    scope, _ = await forwarded(PROXY, "/lightning/ws/events", "websocket", prefix="/lightning")
    assert scope["path"] == "/ws/events"
    assert "root_path" not in scope


@pytest.mark.parametrize("prefix", ["lightning", "//evil.example", "/a b", "/a/../b?", "/"])
async def test_what_is_no_path_is_no_prefix(prefix: str) -> None:
    scope, _ = await forwarded(PROXY, prefix=prefix)
    assert "root_path" not in scope


async def test_the_setting_holds_for_everybody(settings: Any) -> None:
    settings.LIGHTNING_PATH_PREFIX = "/lightning"
    scope, _ = await forwarded(STRANGER, "/lightning/agents/")
    assert (scope["root_path"], scope["path"]) == ("/lightning", "/agents/")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/api/v1/agents/a", "/lightning/api/v1/agents/a"),
        ("/lightning/agents/", "/lightning/agents/"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
    ],
)
async def test_a_location_has_the_prefix(written: str, sent: str) -> None:
    _, headers = await forwarded(PROXY, location=written, prefix="/lightning")
    assert headers[b"location"] == sent.encode()


async def test_what_changes_an_answer_takes_it_in_its_parts() -> None:
    def whole(status: int, head: bytes, body: bytes) -> bool:
        raise AssertionError

    direct, _ = await forwarded(STRANGER, whole=whole)
    assert direct[WHOLE] is whole
    below, _ = await forwarded(PROXY, prefix="/lightning", whole=whole)
    assert WHOLE not in below
