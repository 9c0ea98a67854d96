"""The WebSocket URLs of the API."""

from django.urls import path

from state.api.event_socket import EventConsumer

websocket_urlpatterns = [path("ws/events", EventConsumer.as_asgi())]
