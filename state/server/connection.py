"""An HTTP connection that ends after its share of requests."""

import random
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUESTS_A_CONNECTION = 2000
_LINGER_SECONDS = 0.5


class Connection(HttpToolsProtocol):
    """uvicorn's connection, closed politely (``Connection: close``) after a number of requests.

    Clients keep connections for hours; only a new one can go to a worker that started since. The
    number varies, so that the connections of one client do not all end in the same moment.
    """

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        # Django's logging setup makes uvicorn believe that somebody reads its access log.
        self.access_log = False
        self._requests_left = random.randint(REQUESTS_A_CONNECTION // 2, REQUESTS_A_CONNECTION)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._requests_left -= 1
        if self._requests_left <= 0 and self.cycle is not None:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """The server ends: after the request under way, or the one that may be on its way here.

        Closing a silent connection at once would lose what its client has just sent.
        """
        self._requests_left = 0
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(_LINGER_SECONDS, self._end)
        else:
            super().shutdown()

    def _end(self) -> None:
        if self in self.connections:  # it has not become a WebSocket meanwhile
            super().shutdown()
