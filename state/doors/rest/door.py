"""Between Django's requests and the calls of the API."""

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request

from state.access.principals import Principal
from state.access.users import anonymous_principal
from state.domain.errors import TooLarge, Unauthenticated
from state.doors.asgi.types import TOO_LARGE
from state.doors.rest.exceptions import as_refusal
from state.protocol.call import Answer, Call
from state.runtime.threads import in_thread


@dataclass(slots=True)
class DjangoCall(Call):
    """A call that came through Django: with a key, a session, or neither."""

    request: Request = None

    @classmethod
    def of(cls, request: Request, state_id: str) -> "DjangoCall":
        """The call that a request is."""
        django_request = request._request
        return cls(
            django_request.method or "GET",
            django_request.path_info,
            headers={name.lower(): value for name, value in django_request.headers.items()},
            query_string=django_request.META.get("QUERY_STRING", "").encode("latin-1", "replace"),
            id=state_id,
            request_id=django_request.request_id,
            request=request,
        )

    async def authenticate(self) -> Principal:
        return await in_thread(self._authenticate)

    async def read_body(self, limit_bytes: int) -> bytes:
        request = self.request._request
        if TOO_LARGE in getattr(request, "scope", ()):
            raise TooLarge.above(limit_bytes)
        body: bytes = request.body
        if len(body) > limit_bytes:
            raise TooLarge.above(limit_bytes)
        return body

    def _authenticate(self) -> Principal:
        """In a thread: a key or a session is looked up."""
        try:
            principal = self.request.user
        except Exception as error:
            refusal = as_refusal(error)
            raise refusal or error from error
        principal = principal or anonymous_principal()
        if principal is None:
            raise Unauthenticated("Send an API key: Authorization: Bearer <key>.")
        assert isinstance(principal, Principal)
        return principal


def to_response(answer: Answer) -> HttpResponseBase:
    """A Django response of an answer."""
    response: HttpResponseBase
    if answer.stream is not None:
        response = StreamingHttpResponse(
            answer.stream, status=answer.status, headers=answer.headers
        )
    else:
        response = HttpResponse(answer.body, status=answer.status, headers=answer.headers)
    if answer.media_type:
        response["Content-Type"] = answer.media_type
    else:
        del response["Content-Type"]
    response["Cache-Control"] = "no-store"
    return response
