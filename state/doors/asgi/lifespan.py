"""Starts what runs beside the requests, and ends it with the server (ASGI lifespan)."""

from state.doors.asgi.types import Application, Receive, Scope, Send
from state.runtime.threads import in_thread
from state.service.composition import parts


def with_lifespan(application: Application) -> Application:
    """The application with its background threads.

    They also start with the first request or socket: daphne sends no lifespan events.
    """

    is_started = False

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal is_started
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if not is_started:
            parts().start()
            is_started = True
        await application(scope, receive, send)

    return wrapped


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            parts().start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await in_thread(parts().stop)
            await send({"type": "lifespan.shutdown.complete"})
            return
