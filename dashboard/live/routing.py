"""The dashboard's socket."""

from django.urls import path

from dashboard.live.consumers import DashboardConsumer

websocket_urlpatterns = [path("ws/dashboard", DashboardConsumer.as_asgi())]
