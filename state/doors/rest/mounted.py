"""Tells Django below which path its pages are, when a proxy or FORCE_SCRIPT_NAME has said so."""

from typing import Any

from asgiref.sync import iscoroutinefunction
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from django.urls import get_script_prefix
from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def mounted_middleware(get_response: Any) -> Any:
    """``path`` with the prefix, ``path_info`` without: the doors before Django have cut it off."""

    def mount(request: HttpRequest) -> None:
        scope = getattr(request, "scope", {})
        prefix: str = scope.get("root_path", "")
        if prefix:
            request.path_info = request.META["PATH_INFO"] = scope["path"]
            request.path = prefix + scope["path"]

    if iscoroutinefunction(get_response):

        async def awaiting(request: HttpRequest) -> HttpResponse:
            mount(request)
            response: HttpResponse = await get_response(request)
            return response

        return awaiting

    def blocking(request: HttpRequest) -> HttpResponse:
        mount(request)
        response: HttpResponse = get_response(request)
        return response

    return blocking


class MountedStaticFiles(StaticFilesStorage):
    """Static files whose URLs begin with the request's prefix, not with the one of the start."""

    def url(self, name: str | None) -> str:
        return get_script_prefix().rstrip("/") + super().url(name)
