"""The dashboard's socket."""

from django.urls import path

from dashboard.live.consumers import DashboardConsumer
from state.doors.sockets.counted import counted

websocket_urlpatterns = [path("ws/dashboard", counted("dashboard", DashboardConsumer.as_asgi()))]
