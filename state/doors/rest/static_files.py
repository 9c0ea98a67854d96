"""Serves the files of static/ and of the libraries."""

import asyncio
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase
from servestatic.middleware import ServeStaticMiddleware


class StaticFiles(ServeStaticMiddleware):
    """Looks for the files when the first is asked for: a start would take a twentieth longer."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        self._look: asyncio.Future[None] | None = None
        super().__init__(*args, **keywords)

    def add_files_from_finders(self) -> None:
        """Not at the start."""

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(self.static_prefix):
            await self._find()
        response: HttpResponseBase = await super().__call__(request)
        return response

    async def _find(self) -> None:
        """One look for all who come meanwhile; one that failed is repeated."""
        look = self._look
        if look is None or (look.done() and (look.cancelled() or look.exception() is not None)):
            add = sync_to_async(super().add_files_from_finders, thread_sensitive=False)
            look = self._look = asyncio.ensure_future(add())
        await asyncio.shield(look)
