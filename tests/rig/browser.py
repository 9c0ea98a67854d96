"""Drives the system's Chromium, logged in as one of the rig's accounts."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.rig.prepare_database import PASSWORD
from tests.rig.server import NO_TLS, REQUEST_SECONDS, Server

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The one without windows first: a page costs it half."""
HOW_TO_GET_IT = "Chromium is missing: apt-get install chromium"
WIDE = 1280
HEIGHT = 900
TIMEOUT_MS = 30_000
REFUSALS = ("Failed to load resource", "WebSocket", "htmx:sendError", "htmx:afterRequest")


def find_chromium() -> str | None:
    """The system's Chromium; Playwright's own is not downloaded."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser. Ends Playwright's event loop too, which async tests could not share."""
    path = find_chromium()
    assert path is not None, HOW_TO_GET_IT
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        # Its sandbox needs rights that a container, or root, does not have.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def log_in(server: Server, role: str) -> dict[str, str]:
    """Log in through the login page and return the cookies."""
    with httpx.Client(base_url=server.url, timeout=REQUEST_SECONDS, verify=NO_TLS) as client:
        client.get("/accounts/login/")
        form = {
            "username": role,
            "password": PASSWORD,
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        answer = client.post("/accounts/login/", data=form, headers={"Referer": server.url})
        assert answer.is_redirect, f"{role} could not log in: {answer.status_code}"
        return dict(client.cookies)


def is_logged_in(server: Server, cookies: dict[str, str]) -> bool:
    """Whether the session has not ended; a page would send its visitor to the login."""
    with httpx.Client(cookies=cookies, timeout=REQUEST_SECONDS, verify=NO_TLS) as client:
        look = client.get(f"{server.url}/alerts/")
    return look.status_code == 200


_sessions: dict[tuple[str, str], dict[str, str]] = {}


class Pages:
    """Opens pages for one test, and holds against the test what its pages got wrong."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self._browser = browser
        self._server = server
        self._contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def __call__(
        self,
        path: str = "/",
        *,
        role: str | None = "operator",
        server: Server | None = None,
        width: int = WIDE,
        theme: str = "light",
    ) -> Page:
        """A page in a browser session of its own.

        Args:
            path: what to open.
            role: whom to be logged in as; None for nobody.
            server: another instance than the shared one.
            width: of the window, in pixels.
            theme: what the visitor's system prefers, ``light`` or ``dark``.
        """
        server = server or self._server
        context = self._browser.new_context(
            base_url=server.url,
            viewport={"width": width, "height": HEIGHT},
            color_scheme="dark" if theme == "dark" else "light",
        )
        context.set_default_timeout(TIMEOUT_MS)
        self._contexts.append(context)
        if role is not None:
            self._log_in(context, server, role)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("console", self._note_console_error)
        page.on("request", lambda request: self._note_foreign_request(server, request))
        page.goto(path)
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _log_in(self, context: BrowserContext, server: Server, role: str) -> None:
        cookies = self._session(server, role)
        context.add_cookies(
            [{"name": name, "value": cookies[name], "url": server.url} for name in cookies]
        )

    def _session(self, server: Server, role: str) -> dict[str, str]:
        """Of an earlier test when it still counts: a password costs as much as a page."""
        cookies = _sessions.get((server.url, role))
        if cookies is None or not is_logged_in(server, cookies):
            cookies = _sessions[server.url, role] = log_in(server, role)
        return cookies

    def _note_console_error(self, message: ConsoleMessage) -> None:
        # Of a refusal, or of a server that a test has stopped, browser and htmx tell by themselves.
        if message.type == "error" and not any(told in message.text for told in REFUSALS):
            self.faults.append(message.text)

    def _note_foreign_request(self, server: Server, request: Request) -> None:
        if not request.url.startswith((server.url, "data:", "blob:")):
            self.faults.append(f"a request to another host: {request.url}")
