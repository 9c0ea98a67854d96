"""Counts the open sockets of an application, for the metrics."""

from typing import Any

from state.doors.asgi.types import Application, Receive, Scope, Send
from state.metrics.exported import exported


def counted(socket: str, application: Application) -> Any:
    """The application; ``socket`` is what its sockets are called in the metrics."""

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        gauge = exported().sockets.labels(socket)
        gauge.inc()
        try:
            await application(scope, receive, send)
        finally:
            gauge.dec()

    return counting
