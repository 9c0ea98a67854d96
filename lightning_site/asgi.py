"""The ASGI application: HTTP to Django, WebSockets to the consumers."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import SessionMiddlewareStack
from django.core.asgi import get_asgi_application

from state.runtime import garbage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lightning_site.settings")
garbage.load()
django_application = get_asgi_application()

from django.conf import settings  # noqa: E402

from dashboard.live.routing import websocket_urlpatterns as dashboard_sockets  # noqa: E402
from state.doors.asgi.body_limit import BodyLimit  # noqa: E402
from state.doors.asgi.forwarded import Forwarded  # noqa: E402
from state.doors.asgi.gate import Gate  # noqa: E402
from state.doors.asgi.lifespan import with_lifespan  # noqa: E402
from state.doors.asgi.reserve import Reserve  # noqa: E402
from state.doors.fast.lane import FastLane  # noqa: E402
from state.doors.sockets.routing import nothing_here  # noqa: E402
from state.doors.sockets.routing import websocket_urlpatterns as api_sockets  # noqa: E402

slow_lane = BodyLimit(django_application)
doors = ProtocolTypeRouter(
    {
        "http": FastLane(slow_lane) if settings.LIGHTNING_FAST_LANE else slow_lane,
        "websocket": SessionMiddlewareStack(
            URLRouter([*api_sockets, *dashboard_sockets, *nothing_here])
        ),
    }
)
application = with_lifespan(Forwarded(Gate(Reserve(doors))))
garbage.serve()
