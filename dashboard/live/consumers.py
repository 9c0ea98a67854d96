"""The socket of an open page: who may have it, its frames out, its acknowledgements in."""

import asyncio
import logging

import msgspec
from channels.generic.websocket import AsyncWebsocketConsumer

from dashboard.live.connection import Connection
from dashboard.live.hub import current_hub
from dashboard.live.watch import AckMessage, VisibilityMessage, decode_message
from state.access.origin import origin_allowed
from state.access.principals import Principal
from state.access.scopes import authenticate_scope
from state.access.watch import current_watch
from state.domain.errors import (
    Forbidden,
    LightningError,
    Malformed,
    Unauthenticated,
)
from state.doors.asgi.types import Receive, Scope, Send
from state.protocol.sockets import close_code, refusal_frame
from state.service.guard import require_database

logger = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode


class DashboardConsumer(AsyncWebsocketConsumer):
    """One page's end of the hub. A refusal is an accepted socket, an error frame and a close."""

    connection: Connection | None = None
    tasks: tuple[asyncio.Task[None], ...] = ()

    async def connect(self) -> None:
        await self.accept()
        try:
            caller = await self._caller()
        except LightningError as refusal:
            await self._refuse(refusal)
            return
        self.connection = Connection()
        self.tasks = (
            asyncio.create_task(self._send_frames(self.connection)),
            asyncio.create_task(self._end_with_the_session_of(caller)),
        )
        current_hub().attach(self.connection)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # Not in disconnect: who fails is not told of the end.
            self._leave()

    def _leave(self) -> None:
        if self.connection is not None:
            current_hub().detach(self.connection)
        for task in self.tasks:
            task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.connection is None:
            return
        try:
            message = decode_message(text_data or bytes_data or "")
        except (msgspec.DecodeError, UnicodeDecodeError):
            await self._refuse(Malformed("This is no message of a dashboard page."))
            return
        if isinstance(message, AckMessage):
            self.connection.acknowledge(message.seq)
        elif isinstance(message, VisibilityMessage):
            current_hub().set_hidden(self.connection, message.hidden)
        else:
            await current_hub().show(self.connection, message)

    async def _send_frames(self, connection: Connection) -> None:
        """A task of its own: a browser that does not read must not stop the hub."""
        while True:
            await self.send(_encode(await connection.outbox.get()).decode())

    async def _end_with_the_session_of(self, caller: Principal) -> None:
        with current_watch().over(caller) as session:
            try:
                await session.until_ended()
            except LightningError as refusal:
                await self._refuse(refusal)

    async def _caller(self) -> Principal:
        """Who is at the other end; raises Forbidden or Unauthenticated."""
        if not origin_allowed(self.scope):
            raise Forbidden("The Origin is not this server's.")
        require_database()
        principal = await authenticate_scope(self.scope, fresh=True)
        if principal is None:
            raise Unauthenticated()
        return principal

    async def _refuse(self, refusal: LightningError) -> None:
        await self.send(refusal_frame(refusal))
        await self.close(close_code(refusal))
