"""Every call below ``/api`` for sessions, and for keys while the fast lane is off."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from rest_framework.views import APIView

from state.doors.rest.door import DjangoCall, to_response
from state.operations.calls import frame, table


class CallView(APIView):
    """Looks the call up in the table; the frame judges, the operation answers.

    DRF brings who calls: a key, or a session with its CSRF check.
    """

    view_is_async = True

    async def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = table.find(request.method or "GET", request.path_info)
        if found is None:
            raise Http404
        self.headers: dict[str, str] = {}
        operation, state_id = found
        call = DjangoCall.of(self.initialize_request(request), state_id)
        return to_response(await frame.answer(operation, call))
