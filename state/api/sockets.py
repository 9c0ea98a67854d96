"""The WebSocket URLs of the API."""

from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path, re_path

from state.api.event_socket import EventConsumer
from state.domain.errors import NotFound
from state.domain.jsontext import encode

_CLOSE_NOT_FOUND = 4404


class NothingHere(AsyncWebsocketConsumer):
    """Refuses a socket at an unknown URL as the others refuse: a frame that says why, a code."""

    async def connect(self) -> None:
        await self.accept()
        refusal = NotFound("There is nothing at this URL.")
        body = {"type": "error", "code": refusal.code, "detail": refusal.detail}
        await self.send(encode(body).decode())
        await self.close(_CLOSE_NOT_FOUND)


websocket_urlpatterns = [path("ws/events", EventConsumer.as_asgi())]
nothing_here = [re_path("", NothingHere.as_asgi())]
