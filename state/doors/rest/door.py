"""Between Django's requests and the protocol's calls."""

from django.http import HttpResponse
from rest_framework.request import Request

from state.doors.asgi.types import TOO_LARGE
from state.doors.rest.permissions import principal_of
from state.protocol.call import Answer, Call


def call_of(request: Request) -> Call:
    """The protocol's view of a request."""
    django_request = request._request
    return Call(
        method=django_request.method or "GET",
        path=django_request.path,
        principal=principal_of(request),
        headers={name.lower(): value for name, value in django_request.headers.items()},
        query={name: values[-1] for name, values in django_request.GET.lists()},
        body=django_request.body,
        too_large=TOO_LARGE in getattr(django_request, "scope", ()),
    )


def to_response(answer: Answer) -> HttpResponse:
    """A Django response of an answer."""
    response = HttpResponse(answer.body, status=answer.status, headers=answer.headers)
    if answer.media_type:
        response["Content-Type"] = answer.media_type
    else:
        del response["Content-Type"]
    response["Cache-Control"] = "no-store"
    return response
