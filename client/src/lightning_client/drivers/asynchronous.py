"""The driver of `AsyncLightning`: awaits on the running event loop."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import httpx
from websockets.asyncio.client import ClientConnection, connect

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


class AsyncDriver:
    """One pool of connections, for one event loop."""

    def __init__(self, key: str | None, max_connections: int) -> None:
        self._key = key
        self._http = httpx.AsyncClient(
            headers=headers_of(key),
            limits=limits_of(max_connections),
            verify=tls_context(),
            follow_redirects=False,
        )
        self._closed = False
        self._lines: set[_Line] = set()

    async def close(self) -> None:
        self._closed = True
        for line in list(self._lines):
            await line.close()
        await self._http.aclose()

    async def run(self, flow: Flow[T]) -> T:
        """The flow's result."""
        async with self._line() as line:
            async for _ in self._steps(flow, line):
                raise AssertionError("this flow emits nothing")
            if not line.has_result:
                raise Unreachable("the client was closed meanwhile")
            result: T = line.result
            return result

    async def stream(self, flow: Flow[Any]) -> AsyncIterator[Any]:
        """What the flow emits, until it ends or the client is closed."""
        async with self._line() as line:
            async for value in self._steps(flow, line):
                yield value

    def background(
        self, flow: Flow[Any], name: str, on_end: Callable[[], None] = lambda: None
    ) -> "BackgroundTask":
        """Run a flow beside the caller's work."""
        return BackgroundTask(self, flow, name, on_end)

    def alarm(self) -> "Alarm":
        return Alarm()

    @asynccontextmanager
    async def lines(
        self, url: str, headers: dict[str, str]
    ) -> AsyncIterator[Answer | AsyncIterator[bytes]]:
        """A streamed answer line by line; an Answer when it is no success.

        Raises:
            httpx.RequestError: when the connection fails, then or later.
        """
        async with self._http.stream("GET", url, headers=header_bytes(headers)) as response:
            if response.is_success:
                yield _split(response)
            else:
                await response.aread()
                yield Answer(response.status_code, response.headers, response.content)

    @asynccontextmanager
    async def _line(self) -> AsyncIterator["_Line"]:
        if self._closed:
            raise RuntimeError("the client is closed")
        line = _Line()
        self._lines.add(line)
        try:
            yield line
        finally:
            self._lines.discard(line)
            await line.close()

    async def _steps(self, flow: Flow[Any], line: "_Line") -> AsyncIterator[Any]:
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
                    result = await self._perform(effect, line)
            except BaseException as error:
                thrown = error

    async def _perform(self, effect: Effect, line: "_Line") -> Any:
        if isinstance(effect, Send):
            return await self._send(effect)
        if isinstance(effect, Pause):
            return await line.pause(effect.seconds)
        if isinstance(effect, Dial):
            return await line.dial(effect, self._key)
        assert isinstance(effect, Receive)
        return await line.receive(effect.timeout_seconds)

    async def _send(self, send: Send) -> Answer | Failure:
        call = send.call
        try:
            response = await self._http.request(
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
        self._socket: ClientConnection | None = None
        self._connection: Any = None
        self.is_over = False
        self.result: Any = None
        self.has_result = False

    async def close(self) -> None:
        self.is_over = True
        await self._hang_up()

    async def pause(self, seconds: float) -> None:
        if seconds > 0:
            await asyncio.sleep(seconds)

    async def dial(self, dial: Dial, key: str | None) -> Failure | None:
        await self._hang_up()
        options = socket_options(key, dial.ping_seconds, dial.timeout_seconds)
        try:
            self._connection = connect(dial.url, **options)
            self._socket = await self._connection.__aenter__()
        except WEBSOCKET_ERRORS as error:
            return handshake_failure(error)
        return None

    async def receive(self, timeout_seconds: float) -> str | bytes | Failure:
        assert self._socket is not None
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._socket.recv()
        except WEBSOCKET_ERRORS as error:
            return Failure(error)

    async def _hang_up(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await self._connection.__aexit__(None, None, None)


class BackgroundTask:
    """A flow in a task of its own. What nobody expected is logged, and ends it."""

    def __init__(
        self, driver: AsyncDriver, flow: Flow[Any], name: str, on_end: Callable[[], None]
    ) -> None:
        self._driver = driver
        self._flow = flow
        self._on_end = on_end
        self._is_stopped = False
        self._task = asyncio.create_task(self._run(), name=name)

    async def stop(self) -> None:
        """End it."""
        self._is_stopped = True
        if self._task is not asyncio.current_task():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            await self._driver.run(self._flow)
        except Unreachable:
            pass  # the client was closed
        except Exception:
            logger.exception("%s ended", self._task.get_name())
        finally:
            if not self._is_stopped:
                self._on_end()


class Alarm:
    """Interrupts the task that set it, and knows its own interruption again."""

    def __init__(self) -> None:
        self._task = asyncio.current_task()
        self._cancellations = self._task.cancelling() if self._task else 0
        self._is_ringing = False
        self._is_off = False

    def ring(self) -> None:
        if self._task is not None and not self._is_ringing and not self._is_off:
            self._is_ringing = True
            self._task.cancel()

    async def silence(self, error: BaseException | None) -> bool:
        """Whether this error was the alarm's, and nobody else cancels the task too."""
        self._is_off = True
        if not self._is_ringing or self._task is None:
            return False
        if not isinstance(error, asyncio.CancelledError):
            # It rang while its task ran on: the cancellation is still to come.
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
        return self._task.uncancel() <= self._cancellations


async def _split(response: httpx.Response) -> AsyncIterator[bytes]:
    splitter = LineSplitter()
    async for data in response.aiter_bytes():
        for line in splitter.feed(data):
            yield line
    if rest := splitter.end():
        yield rest
