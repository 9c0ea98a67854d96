"""Marks cookies Secure where the request came by TLS: by the proxies that are named, at that."""

from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def secure_cookies_middleware(get_response: Any) -> Any:
    """By request and not by setting: one server may be reached in both ways."""

    def mark(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    if iscoroutinefunction(get_response):

        async def awaiting(request: HttpRequest) -> HttpResponse:
            return mark(request, await get_response(request))

        return awaiting

    def blocking(request: HttpRequest) -> HttpResponse:
        return mark(request, get_response(request))

    return blocking
