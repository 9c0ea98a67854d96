"""Browser windows that are kept: a new one costs the processor more than the page it shows."""

from typing import Any

from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import Error as BrowserError

from tests.rig.browser import HEIGHT, WIDE, Pages
from tests.rig.server import Server

NOWHERE = "about:blank"


class Windows(Pages):
    """Opens pages as ``Pages`` does; what a page may leave behind is gone before the next test."""

    _free: list[Page]
    _lent: list[Page]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._free, self._lent = [], []

    def __call__(
        self,
        path: str = "/",
        *,
        role: str | None = "operator",
        server: Server | None = None,
        width: int = WIDE,
        theme: str = "light",
        own: bool = False,
    ) -> Page:
        """A page in a browser session of its own.

        Args:
            own: a new window, closed with the test: for clocks, routes and scripts which stay.
        """
        if own or server is not None:
            return super().__call__(path, role=role, server=server, width=width, theme=theme)
        page = self._free.pop() if self._free else super().__call__(NOWHERE, role=None)
        self._lent.append(page)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(
            color_scheme="dark" if theme == "dark" else "light", reduced_motion="null"
        )
        if role is not None:
            self._log_in(page.context, self._server, role)
        page.goto(path)
        return page

    def take_back(self) -> None:
        """At a test's end: empties what it used, closes what it cannot empty, and judges."""
        kept = [page for page in self._lent if self._is_emptied(page)]
        self._lent.clear()
        self._free.extend(kept)
        still_open: list[BrowserContext] = [page.context for page in self._free]
        for context in self._contexts:
            if context not in still_open:
                context.close()
        self._contexts = still_open
        faults, self.faults = self.faults, []
        assert not faults, "\n".join(faults)

    @staticmethod
    def _is_emptied(page: Page) -> bool:
        try:
            page.evaluate("localStorage.clear(); sessionStorage.clear()")
            page.goto(NOWHERE)
            page.mouse.move(0, 0)  # a row under the pointer would be held
            page.context.clear_cookies()
            page.context.set_offline(False)
        except BrowserError:
            return False
        return len(page.context.pages) == 1
