"""The base of the views that wait: on the event loop, without a database connection."""

from typing import Any

from adrf.views import APIView
from django.db import connection
from rest_framework.request import Request


class WaitingView(APIView):
    """An asynchronous view, whose caller has been looked up before it begins to wait.

    Django would keep the connection of that look-up until the answer: a few dozen callers who wait
    for events or a lock would have the whole pool.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        try:
            super().initial(request, *args, **kwargs)
        finally:
            connection.close()
