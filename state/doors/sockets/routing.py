"""The WebSocket URLs of the API."""

from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path, re_path

from state.domain.errors import NotFound
from state.doors.sockets.counted import counted
from state.doors.sockets.events import EventConsumer
from state.protocol.sockets import close_code, refusal_frame


class NothingHere(AsyncWebsocketConsumer):
    """Refuses a socket at an unknown URL as the others refuse: a frame that says why, a code."""

    async def connect(self) -> None:
        await self.accept()
        refusal = NotFound("There is nothing at this URL.")
        await self.send(refusal_frame(refusal))
        await self.close(close_code(refusal))


websocket_urlpatterns = [path("ws/events", counted("events", EventConsumer.as_asgi()))]
nothing_here = [re_path("", NothingHere.as_asgi())]
