"""A reserved connection serves health and operators; the others are told that all are taken."""

from typing import Any

import pytest

from state.access.principals import Principal
from state.domain.errors import Unauthenticated
from state.doors.asgi import reserve
from state.doors.asgi.types import RESERVED

CALLERS = {b"operator": Principal("o", "operator"), b"agent": Principal("a", "agent")}


async def knows(scope: Any) -> Principal | None:
    key = dict(scope["headers"]).get(b"x-api-key")
    if key is not None and key not in CALLERS:
        raise Unauthenticated
    return CALLERS.get(key) if key is not None else None


@pytest.fixture(autouse=True)
def callers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reserve, "authenticate_scope", knows)


async def answered(path: str, key: bytes = b"", kind: str = "http", **more: Any) -> list[Any]:
    """What is sent for one request; ``served`` when it got through."""
    sent: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        sent.append("served")

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"x-api-key", key)] if key else []
    scope = {"type": kind, "path": path, "headers": headers, **more}
    await reserve.Reserve(application)(scope, receive, send)
    return sent


async def test_a_regular_connection_serves_everybody() -> None:
    assert await answered("/api/v1/agents/a", b"agent") == ["served"]


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/accounts/login/"])
async def test_a_reserved_one_serves_health_and_the_login(path: str) -> None:
    assert await answered(path, **{RESERVED: True}) == ["served"]


async def test_a_reserved_one_serves_operators() -> None:
    assert await answered("/api/v1/agents/a", b"operator", **{RESERVED: True}) == ["served"]


@pytest.mark.parametrize("key", [b"agent", b"nobody's", b""])
async def test_a_reserved_one_tells_the_others_to_come_back(key: bytes) -> None:
    head, _ = await answered("/api/v1/agents/a", key, **{RESERVED: True})
    headers = dict(head["headers"])
    assert (head["status"], headers[b"retry-after"], headers[b"connection"]) == (
        503,
        b"1",
        b"close",
    )


async def test_a_socket_is_told_in_a_frame() -> None:
    frames = await answered("/ws/events", b"agent", "websocket", **{RESERVED: True})
    assert [frame["type"] for frame in frames] == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]
    assert '"code":"overloaded"' in frames[1]["text"]
