"""Starts what runs beside the requests, and ends it with the server (ASGI lifespan)."""

from state import service
from state.changelog.tail import tail
from state.doors.asgi.types import Application, Receive, Scope, Send
from state.presence.workers import Reporter
from state.runtime.threads import in_thread
from state.service.housekeeping import Housekeeper

reporter = Reporter(service.figures)
housekeeper = Housekeeper()


def with_lifespan(application: Application) -> Application:
    """The application with its background threads.

    They also start with the first request or socket: daphne sends no lifespan events.
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        start()
        await application(scope, receive, send)

    return wrapped


def start() -> None:
    """Starts the background threads; does nothing when they run."""
    tail.start()
    reporter.start()
    housekeeper.start()


def stop() -> None:
    """Ends the background threads."""
    housekeeper.stop()
    reporter.stop()
    tail.stop()


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await in_thread(stop)
            await send({"type": "lifespan.shutdown.complete"})
            return
