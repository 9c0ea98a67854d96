"""A page that was cut off shows, when it is back, what the API says: row by row, field by field."""

from collections.abc import Callable

import httpx
from playwright.sync_api import WebSocketRoute

from tests.browser.conftest import Open
from tests.browser.operator import Operator
from tests.rig.waiting import wait_for

NewId = Callable[[str], str]
STATUSES = ("Ready", "Processing")
CHANGES = 300


class Network:
    """The way of a page's sockets to the server, which can be cut."""

    def __init__(self, operator: Operator) -> None:
        self._page = operator.page
        self._sockets: list[WebSocketRoute] = []
        self.is_cut = False
        operator.page.route_web_socket("**/ws/dashboard", self._opened)

    def _opened(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            socket.close(code=1001)
            return
        socket.connect_to_server()
        self._sockets.append(socket)

    def cut(self) -> None:
        self.is_cut = True
        while self._sockets:
            self._sockets.pop().close(code=1001)
        self._page.wait_for_selector("html[data-conn=reconnecting], html[data-conn=offline]")


def rows_shown(operator: Operator) -> dict[str, tuple[str, str, str]]:
    """Version, status and type of every agent on the page that is not struck out."""
    rows: list[list[str]] = operator.page.evaluate(
        """[
            ...document.querySelectorAll("#list [data-kind=agent]:not([data-deleted])"),
        ].map((row) => [
            row.dataset.id, row.dataset.version,
            row.querySelector("[data-field=status]").textContent.trim(),
            row.querySelector("[data-field=agentType]").textContent.trim(),
        ])"""
    )
    return {state_id: (version, status, kind) for state_id, version, status, kind in rows}


def rows_stored(client: httpx.Client, name: str) -> dict[str, tuple[str, str, str]]:
    items = client.get("/api/v1/agents", params={"q": name, "limit": "50"}).json()["items"]
    return {
        item["agentId"]: (str(item["version"]), item["status"], item["agentType"]) for item in items
    }


def change_much(client: httpx.Client, name: str, changes: int) -> None:
    """Batches of updates, creates and deletes over the thirty agents of this name."""
    for first in range(0, changes, 30):
        items = []
        for number in range(30):
            state_id = f"{name}-{number:02d}"
            turn = first // 30 + number
            if turn % 7 == 6:
                items.append({"id": state_id, "delete": True, "ifMatch": "*"})
            elif turn % 7 == 0:
                state = {"agentType": f"T{turn}", "status": "Ready"}
                items.append({"id": state_id, "state": state, "ifNoneMatch": "*"})
            else:
                patch = {"agentType": f"T{turn}-{first}", "status": STATUSES[turn % 2]}
                items.append({"id": state_id, "patch": patch})
        client.post("/api/v1/agents/batch-set", json={"items": items}).raise_for_status()


def test_after_a_cut_every_row_is_what_the_api_says(
    at: Open, client: httpx.Client, new_id: NewId
) -> None:
    """By the log while it is short enough, and by reading the page anew beyond that."""
    name = new_id("cut")
    state = {"agentType": "A", "status": "Ready"}
    items = [{"id": f"{name}-{number:02d}", "state": state} for number in range(20)]
    client.post("/api/v1/agents/batch-set", json={"items": items}).raise_for_status()
    operator = at("/", own=True)
    network = Network(operator)
    operator.go(f"/agents/?q={name}")
    operator.mark_page()
    for changes in (CHANGES, 2 * CHANGES + 60):
        network.cut()
        change_much(client, name, changes)
        expected = rows_stored(client, name)
        assert rows_shown(operator) != expected
        network.is_cut = False
        operator.wait_until("live")
        wait_for(lambda expected=expected: rows_shown(operator) == expected, what="the API's rows")
    assert not operator.was_reloaded
