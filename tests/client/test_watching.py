"""Watching through the client: no gap, nothing twice, over reconnects and instances."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from lightning_client import (
    AgentState,
    AsyncLightning,
    BadCursor,
    Change,
    Lightning,
    Unauthenticated,
)

from tests.client.conftest import NewClient
from tests.client.proxy import FlakyProxy
from tests.rig.server import Server

NewId = Callable[[str], str]


def take(changes: Iterator[Change], count: int) -> list[Change]:
    return [next(changes) for _ in range(count)]


def cursor_now(lightning: Lightning) -> str:
    return str(lightning.summary()["cursor"])


def test_changes_come_in_order_with_what_changed(lightning: Lightning, new_id: NewId) -> None:
    agent_id, cursor = new_id("agent"), cursor_now(lightning)
    lightning.set("agent", agent_id, AgentState(agent_type="R", status="Ready"))
    lightning.patch("agent", agent_id, {"status": "Paused"}, reason="ruhig, bitte: 待って")
    lightning.delete("agent", agent_id)
    with contextlib.closing(lightning.watch(ids=[agent_id], after=cursor)) as changes:
        created, paused, deleted = take(changes, 3)
    assert [one.change_type for one in (created, paused, deleted)] == [
        "Created",
        "StatusChanged",
        "Deleted",
    ]
    assert (paused.old_values, paused.new_values) == ({"status": "Ready"}, {"status": "Paused"})
    assert paused.reason == "ruhig, bitte: 待って"
    assert [one.version for one in (created, paused, deleted)] == [1, 2, 3]
    with contextlib.closing(lightning.watch(ids=[agent_id], after=created.cursor)) as changes:
        assert next(changes) == paused


def test_it_watches_from_now_on_without_a_cursor(lightning: Lightning, agent_id: str) -> None:
    seen: list[Change] = []
    up = threading.Event()

    def watch() -> None:
        for change in lightning.watch(kinds=["agent"], ids=[agent_id]):
            up.set()
            seen.append(change)
            if change.new_values.get("status") == "Failed":
                return

    thread = threading.Thread(target=watch)
    thread.start()
    while not up.is_set():
        lightning.update("agent", agent_id, lambda s: s.properties.update(n=s.version))
    lightning.update_agent_status(agent_id, "Failed")
    thread.join(30)
    assert not thread.is_alive()
    versions = [change.version for change in seen]
    assert versions == list(range(versions[0], versions[0] + len(versions)))


def test_what_no_patience_helps_is_raised(server: Server, lightning: Lightning) -> None:
    with pytest.raises(BadCursor):
        next(lightning.watch(after="nonsense"))
    with Lightning(server.url, "no key") as stranger, pytest.raises(Unauthenticated):
        next(stranger.watch())


def test_closing_the_client_ends_its_watches(new_client: NewClient, agent_id: str) -> None:
    watcher = new_client()
    changes = watcher.watch(ids=[agent_id])
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(lambda: list(changes))
        new_client().update_agent_status(agent_id, "Processing")
        watcher.close()
        assert len(ended.result(timeout=30)) <= 1


def test_nothing_is_missed_and_nothing_comes_twice_over_reconnects(
    server: Server, lightning: Lightning, new_client: NewClient, new_id: NewId
) -> None:
    agent_id, cursor, count = new_id("agent"), cursor_now(lightning), 100
    lightning.set("agent", agent_id, AgentState(agent_type="R", status="Ready"))
    with FlakyProxy(server.port) as proxy:
        watcher = new_client(url=proxy.url)
        seen: list[int] = []
        for change in watcher.watch(ids=[agent_id], after=cursor):
            seen.append(change.version)
            if change.version % 5 == 0:
                proxy.break_all()
            if change.version < count:
                lightning.patch("agent", agent_id, {"properties": {"n": change.version}})
            else:
                break
        assert proxy.connections >= 20
    assert seen == list(range(1, count + 1))


def test_long_polls_do_where_no_websocket_gets_through(
    server: Server, lightning: Lightning, new_client: NewClient, agent_id: str
) -> None:
    cursor = cursor_now(lightning)
    with FlakyProxy(server.port, refuse_upgrades=True) as proxy:
        changes = new_client(url=proxy.url).watch(ids=[agent_id], after=cursor)
        for status in ("Processing", "Ready", "Failed"):
            lightning.update_agent_status(agent_id, status)
            assert next(changes).new_values["status"] == status
        changes.close()  # type: ignore[attr-defined]


async def test_an_awaiting_watch_ends_when_it_is_cancelled(
    async_lightning: AsyncLightning, agent_id: str
) -> None:
    cursor = (await async_lightning.summary())["cursor"]

    async def first() -> Change:
        async with contextlib.aclosing(
            async_lightning.watch(ids=[agent_id], after=cursor)
        ) as changes:
            async for change in changes:
                return change
        raise AssertionError("a watch does not end by itself")

    waiting = asyncio.create_task(first())
    await async_lightning.update_agent_status(agent_id, "Processing")
    assert (await waiting).version == 2
    cursor = (await async_lightning.summary())["cursor"]
    waiting = asyncio.create_task(first())
    await async_lightning.get("agent", agent_id)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
