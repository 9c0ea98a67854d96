"""One worker: uvicorn on open sockets, in this process, until a signal ends it."""

import asyncio
import os
import signal
import socket
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import cast

import uvicorn
from django.conf import settings
from django.utils.module_loading import import_string

from state.apo import load
from state.doors.asgi.types import Application
from state.runtime import garbage, shutdown
from state.runtime.background import loops
from state.server import limits, listener
from state.server.admission import AdmittingState, connections_allowed
from state.server.connection import Connection
from state.server.line import Line, LineClosed
from state.server.listener import from_descriptors
from state.server.websocket import WebSocketConnection

GRACE_SECONDS = 10
_ACCEPTED_SECONDS = 0.05
# The threads that write and follow the log share the interpreter with the loop: on a busy loop they
# would wait for up to 5 ms, Python's default, each time they come back from the database.
_SWITCH_SECONDS = 0.0005
_TICK_SECONDS = 1.0  # the date in the answers' heads
# A watcher that stops reading for a while is waited for: what it costs is bounded.
_PONG_SECONDS = 60


class _Server(uvicorn.Server):
    """uvicorn's server with our signals: each ends it in order, and the exit code is then 0."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_started: Callable[[], None],
        *,
        restarts_on_hangup: bool,
        owns_listeners: bool,
    ) -> None:
        super().__init__(config)
        self.server_state = AdmittingState(connections_allowed())
        self._on_started = on_started
        self._restarts_on_hangup = restarts_on_hangup
        self._owns_listeners = owns_listeners
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self.restart = False
        """Whether another one shall take this one's place."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        signal.signal(signal.SIGHUP, self._hang_up)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.handle_exit)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        garbage.serve()
        self._on_started()

    async def main_loop(self) -> None:
        """Uvicorn's looks ten times a second whether it shall end; this one is woken for that."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._woken.wait()

    def _end(self) -> None:
        """From a signal's handler, or from a thread."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def on_tick(self, counter: int) -> bool:
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            cast(Connection | WebSocketConnection, connection).sweep(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        shutdown.begun.set()
        ends_listening = self._owns_listeners and not self.restart
        if ends_listening:
            listener.take_no_more(sockets or ())
        await asyncio.sleep(_ACCEPTED_SECONDS)  # who waits is let in, and told below
        for server in self.servers:
            server.close()
        if ends_listening:
            listener.stop(sockets or ())
        # What was accepted in the last moment has to become a connection that can be told.
        await asyncio.sleep(_ACCEPTED_SECONDS)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.restart = False  # whatever was asked before
        super().handle_exit(sig, frame)
        self._end()

    def give_up(self, loop: str) -> None:
        """Ends in order: a background loop does not recover, and a new process has a new one."""
        self.restart = True
        self._end()

    def _hang_up(self, number: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            self.restart = self._restarts_on_hangup
            self._end()


def run(
    listeners: Sequence[socket.socket],
    on_started: Callable[[], None],
    *,
    application: Application | None = None,
    restarts_on_hangup: bool = False,
    owns_listeners: bool = True,
) -> bool:
    """Serves until a signal and closes the sockets; returns whether to start anew.

    That is when SIGHUP asked for it, and when a background loop does not recover.

    Requests under way finish within GRACE_SECONDS; WebSockets are closed with 1012; the
    application's background threads end with its lifespan.

    Args:
        owns_listeners: whether the port is closed for good at the end; a worker of several leaves
            that to its supervisor, since others may serve on.
    """
    server = _Server(
        uvicorn.Config(
            application or import_string(settings.ASGI_APPLICATION),
            http=Connection,
            loop="uvloop",
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws=WebSocketConnection,
            ws_max_size=limits.SOCKET_MESSAGE_BYTES,
            ws_ping_timeout=_PONG_SECONDS,
            # Compressing each socket's frames costs more than sending them, and memory a socket.
            ws_per_message_deflate=False,
            server_header=False,
            proxy_headers=False,  # state/doors/asgi/forwarded.py knows whom to believe
            lifespan="on",
        ),
        on_started,
        restarts_on_hangup=restarts_on_hangup,
        owns_listeners=owns_listeners,
    )
    loops.on_hopeless = server.give_up
    sys.setswitchinterval(_SWITCH_SECONDS)
    server.run(list(listeners))
    return server.restart


def main() -> None:
    """A worker of the supervisor, which hears of its start and whose end it does not outlive."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--listen", required=True, help="descriptors of the listening sockets")
    parser.add_argument("--report", required=True, type=int, help="descriptor to the supervisor")
    arguments = parser.parse_args()
    line = Line(socket.socket(fileno=arguments.report))
    threading.Thread(target=_listen_to_supervisor, args=(line,), daemon=True).start()
    load.instance.on_report = line.tell
    restart = run(
        from_descriptors(arguments.listen), lambda: line.tell(ready=True), owns_listeners=False
    )
    if restart:
        sys.exit("This worker gives up; the supervisor replaces it.")


def _listen_to_supervisor(line: Line) -> None:
    """Takes over what it says of the instance; its end is this worker's."""
    with suppress(LineClosed):
        while True:
            for message in line.hear():
                load.instance.take_over(message)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
