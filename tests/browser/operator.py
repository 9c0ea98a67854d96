"""Somebody in front of a page: looks at a row, waits for what should appear."""

import time
from typing import Any

from playwright.sync_api import Locator, Page


class Operator:
    """A page of the dashboard and what one reads from it (contract §13)."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go(self, path: str) -> "Operator":
        """Load another page and wait until it follows the server."""
        self.page.goto(path)
        return self.wait_until("live")

    def wait_until(self, connection: str) -> "Operator":
        """Until ``html[data-conn]`` says so."""
        self.page.wait_for_selector(f"html[data-conn={connection}]", state="attached")
        return self

    def mark_page(self) -> None:
        """Leave a mark that a reload would wipe away."""
        self.page.evaluate("window.notReloaded = true")

    @property
    def was_reloaded(self) -> bool:
        return not self.page.evaluate("window.notReloaded === true")

    @property
    def cursor(self) -> str | None:
        """The last event applied."""
        return self.page.get_attribute("html", "data-cursor")

    @property
    def session_cookie(self) -> dict[str, str]:
        """The header that carries this page's session, for what the test asks itself."""
        cookies = {each["name"]: each["value"] for each in self.page.context.cookies()}
        return {"Cookie": f"sessionid={cookies['sessionid']}"}

    def row(self, kind: str, state_id: str, version: int | None = None) -> Locator:
        at = "" if version is None else f'[data-version="{version}"]'
        return self.page.locator(f'[data-kind="{kind}"][data-id="{state_id}"]{at}')

    def cell(self, kind: str, state_id: str, field: str) -> Locator:
        return self.row(kind, state_id).locator(f'[data-field="{field}"]').first

    def seconds_until_shown(self, state: dict[str, Any]) -> float:
        """How long until the page shows this agent's version and status."""
        row = self.row("agent", state["agentId"], state["version"])
        status = row.locator('[data-field="status"]', has_text=state["status"])
        started_at = time.perf_counter()
        status.first.wait_for()
        return time.perf_counter() - started_at
