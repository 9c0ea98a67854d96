"""The driver of `Lightning`: blocks the calling thread."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from websockets.sync.client import ClientConnection, connect

from lightning_client.core.call import Answer, Failure
from lightning_client.core.effects import Dial, Effect, Emit, Flow, Pause, Receive, Send
from lightning_client.drivers.transport import (
    WEBSOCKET_ERRORS,
    LineSplitter,
    handshake_failure,
    header_bytes,
    headers_of,
    limits_of,
    socket_options,
    tls_context,
)
from lightning_client.errors import Unreachable

T = TypeVar("T")
logger = logging.getLogger("lightning_client")

_JOIN_SECONDS = 2.0


class BlockingDriver:
    """One pool of connections. Safe to use from several threads."""

    def __init__(self, key: str | None, max_connections: int) -> None:
        self._key = key
        self._http = httpx.Client(
            headers=headers_of(key),
            limits=limits_of(max_connections),
            verify=tls_context(),
            follow_redirects=False,
        )
        self._closed = False
        self._lines: set[_Line] = set()

    def close(self) -> None:
        self._closed = True
        for line in list(self._lines):
            line.close()
        self._http.close()

    def run(self, flow: Flow[T]) -> T:
        """The flow's result."""
        with self._line() as line:
            for _ in self._steps(flow, line):
                raise AssertionError("this flow emits nothing")
            if not line.has_result:
                raise Unreachable("the client was closed meanwhile")
            result: T = line.result
            return result

    def stream(self, flow: Flow[Any]) -> Iterator[Any]:
        """What the flow emits, until it ends or the client is closed."""
        with self._line() as line:
            yield from self._steps(flow, line)

    def background(
        self, flow: Flow[Any], name: str, on_end: Callable[[], None] = lambda: None
    ) -> "BackgroundThread":
        """Run a flow beside the caller's work."""
        return BackgroundThread(self, flow, name, on_end)

    def alarm(self) -> "Alarm":
        return Alarm()

    @contextmanager
    def lines(self, url: str, headers: dict[str, str]) -> Iterator[Answer | Iterator[bytes]]:
        """A streamed answer line by line; an Answer when it is no success.

        Raises:
            httpx.RequestError: when the connection fails, then or later.
        """
        with self._http.stream("GET", url, headers=header_bytes(headers)) as response:
            if response.is_success:
                yield _split(response)
            else:
                response.read()
                yield Answer(response.status_code, response.headers, response.content)

    @contextmanager
    def _line(self) -> Iterator["_Line"]:
        if self._closed:
            raise RuntimeError("the client is closed")
        line = _Line()
        self._lines.add(line)
        try:
            yield line
        finally:
            self._lines.discard(line)
            line.close()

    def _steps(self, flow: Flow[Any], line: "_Line") -> Iterator[Any]:
        result: Any = None
        thrown: BaseException | None = None
        while True:
            try:
                effect = flow.throw(thrown) if thrown is not None else flow.send(result)
            except StopIteration as end:
                line.result, line.has_result = end.value, True
                return
            result = thrown = None
            try:
                if isinstance(effect, Emit):
                    yield effect.value
                elif line.is_over:
                    flow.close()
                    return
                else:
                    result = self._perform(effect, line)
            except BaseException as error:
                thrown = error

    def _perform(self, effect: Effect, line: "_Line") -> Any:
        if isinstance(effect, Send):
            return self._send(effect)
        if isinstance(effect, Pause):
            return line.pause(effect.seconds)
        if isinstance(effect, Dial):
            return line.dial(effect, self._key)
        assert isinstance(effect, Receive)
        return line.receive(effect.timeout_seconds)

    def _send(self, send: Send) -> Answer | Failure:
        call = send.call
        try:
            response = self._http.request(
                call.method,
                send.base_url + call.path,
                headers=header_bytes(send.headers),
                content=call.body,
                timeout=send.timeout_seconds,
            )
        except httpx.RequestError as error:
            return Failure(error)
        return Answer(response.status_code, response.headers, response.content)


class _Line:
    """What one run of a flow holds: its socket, and whether it is to end."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._socket: ClientConnection | None = None
        self.result: Any = None
        self.has_result = False

    @property
    def is_over(self) -> bool:
        return self._ended.is_set()

    def close(self) -> None:
        self._ended.set()
        self._hang_up()

    def pause(self, seconds: float) -> None:
        if seconds > 0:
            self._ended.wait(seconds)

    def dial(self, dial: Dial, key: str | None) -> Failure | None:
        self._hang_up()
        options = socket_options(key, dial.ping_seconds, dial.timeout_seconds)
        try:
            connection = connect(dial.url, **options)
            connection.__enter__()
            self._socket = connection
        except WEBSOCKET_ERRORS as error:
            return handshake_failure(error)
        return None

    def receive(self, timeout_seconds: float) -> str | bytes | Failure:
        assert self._socket is not None
        try:
            return self._socket.recv(timeout=timeout_seconds)
        except WEBSOCKET_ERRORS as error:
            return Failure(error)

    def _hang_up(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.__exit__(None, None, None)


class BackgroundThread:
    """A flow in a thread of its own. What nobody expected is logged, and ends it."""

    def __init__(
        self, driver: BlockingDriver, flow: Flow[Any], name: str, on_end: Callable[[], None]
    ) -> None:
        self._driver = driver
        self._flow = flow
        self._on_end = on_end
        self._line: _Line | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it; what it is in the middle of gets a moment."""
        self._stopped.set()
        line = self._line
        if line is not None:
            line.close()
        if self._thread is not threading.current_thread():
            self._thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        try:
            with self._driver._line() as self._line:
                if not self._stopped.is_set():
                    for _ in self._driver._steps(self._flow, self._line):
                        raise AssertionError("this flow emits nothing")
        except Exception:
            logger.exception("%s ended", self._thread.name)
        finally:
            if not self._stopped.is_set():
                self._on_end()


class Alarm:
    """Nothing can interrupt a thread: it finds out at its next call, or when it leaves the lock."""

    def ring(self) -> None:
        """Nothing to interrupt."""

    def silence(self, error: BaseException | None) -> bool:
        """Whether this error was the alarm's."""
        return False


def _split(response: httpx.Response) -> Iterator[bytes]:
    splitter = LineSplitter()
    for data in response.iter_bytes():
        yield from splitter.feed(data)
    if rest := splitter.end():
        yield rest
