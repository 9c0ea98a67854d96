"""Gives every request an id, for its answer, its problem and the log."""

from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from state.protocol.request_id import accepted_request_id
from state.runtime.log_lines import logged_with


@sync_and_async_middleware
def request_id_middleware(get_response: Any) -> Any:
    """Takes the caller's X-Request-Id, or makes one, and answers with it."""

    def begin(request: HttpRequest) -> str:
        request_id = accepted_request_id(request.headers.get("X-Request-Id"))
        request.request_id = request_id  # type: ignore[attr-defined]
        return request_id

    if iscoroutinefunction(get_response):

        async def awaiting(request: HttpRequest) -> HttpResponse:
            request_id = begin(request)
            with logged_with(request_id=request_id):
                response: HttpResponse = await get_response(request)
            response["X-Request-Id"] = request_id
            return response

        return awaiting

    def blocking(request: HttpRequest) -> HttpResponse:
        request_id = begin(request)
        with logged_with(request_id=request_id):
            response: HttpResponse = get_response(request)
        response["X-Request-Id"] = request_id
        return response

    return blocking
