"""The base of the asynchronous views, some of which wait for long."""

from typing import Any

from adrf.views import APIView
from django.db import connection
from rest_framework.request import Request


class WaitingView(APIView):
    """An asynchronous view, which gives the connection of its caller's look-up back at once.

    Django would keep it until the answer: a few dozen callers who wait for events or a lock would
    have the whole pool.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        try:
            super().initial(request, *args, **kwargs)
        finally:
            connection.close()
