"""Gives every request an id, for its answer, its problem and the log."""

import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIdMiddleware:
    """Takes the caller's X-Request-Id, or makes one, and answers with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = accepted_request_id(  # type: ignore[attr-defined]
            request.headers.get("X-Request-Id")
        )
        with structlog.contextvars.bound_contextvars(
            request_id=request.request_id  # type: ignore[attr-defined]
        ):
            response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


def accepted_request_id(given: str | None) -> str:
    """The id a caller gave, when it is a harmless one, or a new one."""
    return given if given and _GIVEN.fullmatch(given) else uuid.uuid4().hex
