"""What is judged before any door: the Host, and pages of other sites that need no key."""

from typing import Any

import pytest

from state.doors.asgi.gate import Gate

FOREIGN = {"origin": "http://evil.example"}


@pytest.fixture(autouse=True)
def names(settings: Any) -> None:
    settings.LIGHTNING_ALLOWED_HOSTS = ("app.example",)
    settings.LIGHTNING_ANONYMOUS_ROLE = "agent"


async def answered(
    path: str, method: str = "GET", kind: str = "http", host: str = "app.example", **headers: str
) -> list[Any]:
    """What is sent for a request; the application sends the scope it was given."""
    sent: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        sent.append(scope)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    lines = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    encoded = [(name.encode(), value.encode()) for name, value in lines.items()]
    scope = {"type": kind, "path": path, "method": method, "headers": encoded, "scheme": "http"}
    await Gate(application)(scope, receive, send)
    return sent


async def test_a_name_of_ours_gets_through() -> None:
    (scope,) = await answered("/api/v1/summary")
    assert scope["path"] == "/api/v1/summary"


async def test_another_name_is_a_problem() -> None:
    head, body = await answered("/api/v1/summary", host="evil.example")
    assert head["status"] == 400
    assert b'"code":"bad_host"' in body["body"]


async def test_another_name_is_an_error_frame_on_a_socket() -> None:
    accept, frame, close = await answered("/ws/events", kind="websocket", host="evil.example")
    assert (accept["type"], close["code"]) == ("websocket.accept", 4400)
    assert '"code":"bad_host"' in frame["text"]


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
async def test_probes_come_by_address(path: str) -> None:
    (scope,) = await answered(path, host="10.0.0.7:8000")
    assert (b"host", b"localhost") in scope["headers"]


@pytest.mark.parametrize("headers", [FOREIGN, {"sec_fetch_site": "cross-site"}])
async def test_a_foreign_page_may_not_act_without_a_key(headers: dict[str, str]) -> None:
    head, body = await answered("/api/v1/agents/a/heartbeat", "POST", **headers)
    assert head["status"] == 403
    assert b'"code":"forbidden"' in body["body"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://app.example"},
        {**FOREIGN, "x_api_key": "key"},
        {**FOREIGN, "authorization": "Bearer key"},
    ],
)
async def test_our_own_pages_and_keys_may(headers: dict[str, str]) -> None:
    assert len(await answered("/api/v1/agents/a/heartbeat", "POST", **headers)) == 1


async def test_a_proxys_password_is_no_key() -> None:
    refused = await answered("/api/v1/locks", "POST", **FOREIGN, authorization="Basic dTpw")
    assert refused[0]["status"] == 403
    assert len(await answered("/api/v1/agents/a", **FOREIGN)) == 1  # reading is the browser's rule
