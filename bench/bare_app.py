"""The least an ASGI application can do, on our own server: the limit of a cached read."""

import argparse
from typing import Any

from state.server.listener import open_listeners
from state.server.worker import run

_BODY = b"x" * 400
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"400")]


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    run(
        open_listeners("127.0.0.1", parser.parse_args().port), lambda: None, application=application
    )
