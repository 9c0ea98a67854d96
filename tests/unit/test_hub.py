"""The hub of open pages: its one loop begins with the first page and ends with the last."""

import asyncio
from collections.abc import Collection

import pytest

from dashboard.live import hub as hub_module
from dashboard.live.connection import Connection, News
from dashboard.live.figures import Figure
from dashboard.live.hub import Hub
from dashboard.live.reading import Read
from dashboard.live.watch import WatchMessage
from state.changelog.tail import tail
from state.domain.errors import DatabaseUnavailable


class ObservedEvent(asyncio.Event):
    """An event that tells when somebody begins to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_awaited = asyncio.Event()

    async def wait(self) -> bool:
        self.is_awaited.set()
        return await super().wait()


@pytest.fixture
def without_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is under test is the hub's own loop: its reads bring nothing, and no log is followed."""

    async def nothing_new(news: Collection[News], due: Collection[Figure]) -> Read:
        return Read(lag_seconds=0.0, figures={figure.name: {} for figure in due})

    monkeypatch.setattr(hub_module, "read_for_frames", nothing_new)
    monkeypatch.setattr(tail, "start", lambda: None)


@pytest.mark.usefixtures("without_database")
async def test_the_loop_ends_when_its_last_page_leaves_in_the_moment_of_a_change() -> None:
    """Two loops would send a page more frames than it has acknowledged."""
    hub = Hub()
    hub._wake = wake = ObservedEvent()
    page = Connection()
    hub.attach(page)
    task = hub._task._task
    assert task is not None
    await wake.is_awaited.wait()
    hub._receive([])
    hub.detach(page)
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()


@pytest.mark.usefixtures("without_database")
async def test_a_page_whose_missed_events_cannot_be_read_is_read_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(cursor: str) -> None:
        raise DatabaseUnavailable()

    monkeypatch.setattr(hub_module, "read_missed", fail)
    page = Connection()
    await Hub().show(page, WatchMessage(cursor="a.1.1.b"))
    assert await page.outbox.get() == {"type": "resync"}
