"""The local cache: right while its watch is up, not asked while it is down."""

from collections.abc import Callable

import pytest
from lightning_client import AgentState, AsyncLightning, Lightning, LocalCache, NotFound
from lightning_client.core.background import keep_right
from lightning_client.core.call import Failure
from lightning_client.core.effects import Dial, Effect, Emit, Pause, Receive
from lightning_client.core.exchange import Exchange
from lightning_client.core.policy import Policy

from tests.client.conftest import NewClient
from tests.client.proxy import FlakyProxy
from tests.rig.server import Server
from tests.rig.waiting import wait_for

NewId = Callable[[str], str]
KEY = ("agent", "a")


def live() -> LocalCache:
    cache = LocalCache(max_bytes=100)
    cache.watch_is_up()
    return cache


def filled(cache: LocalCache, version: int = 1, content: bytes = b"{}") -> LocalCache:
    fill = cache.begin_fill(KEY)
    assert fill is not None
    cache.end_fill(fill, version, content)
    return cache


# --- Without a network --------------------------------------------------------------------------


def test_what_was_read_is_kept_until_a_newer_version_is_seen() -> None:
    cache = filled(live(), version=5)
    cache.saw(KEY, 5)
    assert cache.read(KEY) == b"{}"
    cache.saw(KEY, 6)
    assert cache.read(KEY) is None
    assert (cache.hits, cache.misses) == (1, 1)


def test_a_read_that_was_overtaken_is_not_kept() -> None:
    cache = live()
    fill = cache.begin_fill(KEY)
    assert fill is not None
    cache.saw(KEY, 6)
    cache.end_fill(fill, 5, b"old")
    assert cache.read(KEY) is None
    assert filled(cache, version=6).read(KEY) == b"{}"


@pytest.mark.parametrize("what", ["the watch broke", "it was deleted"])
def test_a_read_across_an_interruption_is_not_kept(what: str) -> None:
    cache = live()
    fill = cache.begin_fill(KEY)
    assert fill is not None
    if what == "it was deleted":
        cache.forget(KEY)
    else:
        cache.watch_is_down()
        cache.watch_is_up()
    cache.end_fill(fill, 5, b"old")
    assert cache.read(KEY) is None


def test_nothing_is_kept_while_the_watch_is_down() -> None:
    cache = filled(live())
    cache.watch_is_down()
    assert cache.read(KEY) is None
    assert cache.begin_fill(KEY) is None
    assert cache.figures()["bytes"] == 0


def test_it_is_bounded_by_bytes() -> None:
    cache = live()
    for number in range(5):
        fill = cache.begin_fill(("agent", str(number)))
        assert fill is not None
        cache.end_fill(fill, 1, b"x" * 40)
    assert cache.figures()["bytes"] == 80
    assert cache.read(("agent", "3")) is not None
    assert cache.read(("agent", "0")) is None
    filled(cache, content=b"x" * 101)
    assert cache.read(KEY) is None


FIRST_FRAME = '{"type":"heartbeat","cursor":"c"}'
CHANGE = (
    '{"type":"events","cursor":"d","events":[{"cursor":"d","kind":"agent","id":"a","version":2,'
    '"changeType":"Updated","at":"2026-01-01T00:00:00Z","actor":"","reason":"","oldValues":{},'
    '"newValues":{}}]}'
)


def test_the_watch_says_when_the_cache_is_right() -> None:
    cache = LocalCache()
    flow = keep_right(Exchange(["http://one"], Policy()), cache)
    assert isinstance(next(flow), Dial)
    assert isinstance(flow.send(None), Receive)
    assert not cache.is_live, "a connection alone says nothing"
    flow.send(FIRST_FRAME)
    assert cache.is_live
    filled(cache)
    flow.send(CHANGE)
    assert cache.read(KEY) is None
    filled(cache, version=2)
    effect: Effect = flow.send(Failure(OSError("broken")))
    assert isinstance(effect, Pause)
    assert cache.read(KEY) is None
    again = flow.send(None)
    assert isinstance(again, Dial)
    assert "after" not in again.url, "what changed meanwhile does not matter: nothing is kept"
    assert not isinstance(again, Emit)


# --- Against the server -------------------------------------------------------------------------


def is_up(client: Lightning) -> bool:
    return client.cache is not None and client.cache.is_live


def cached(new_client: NewClient, **options: str) -> Lightning:
    client = new_client(cache=True, **options)
    wait_for(lambda: is_up(client), what="the cache's watch")
    return client


def test_a_cached_read_asks_nobody_and_is_a_copy(new_client: NewClient, agent_id: str) -> None:
    client = cached(new_client)
    assert client.cache is not None
    first = client.get("agent", agent_id)
    first.properties["mine"] = True
    again = client.get("agent", agent_id)
    assert again.properties == {}
    assert client.cache.hits == 1
    assert again is not client.get("agent", agent_id)


def test_it_follows_the_changes_of_others(
    new_client: NewClient, lightning: Lightning, agent_id: str
) -> None:
    client = cached(new_client)
    for number in range(2, 12):
        client.get("agent", agent_id)
        lightning.patch("agent", agent_id, {"properties": {"n": number}})
        wait_for(
            lambda number=number: client.get("agent", agent_id).version == number,  # type: ignore[misc]
            what="the change being seen",
        )
    lightning.delete("agent", agent_id)

    def is_gone() -> bool:
        try:
            client.get("agent", agent_id)
        except NotFound:
            return True
        return False

    wait_for(is_gone, what="the deletion being seen")


def test_a_client_reads_its_own_writes(new_client: NewClient, agent_id: str) -> None:
    client = cached(new_client)
    for number in range(2, 30):
        client.get("agent", agent_id)
        client.patch("agent", agent_id, {"properties": {"n": number}})
        assert client.get("agent", agent_id).properties == {"n": number}


def test_the_server_is_asked_while_the_watch_is_down(
    server: Server, new_client: NewClient, lightning: Lightning, agent_id: str
) -> None:
    with FlakyProxy(server.port) as proxy:
        client = cached(new_client, url=proxy.url)
        client.get("agent", agent_id)
        for number in range(2, 6):
            proxy.break_all()
            wait_for(lambda: not is_up(client), what="the break being noticed", poll_seconds=0.001)
            lightning.patch("agent", agent_id, {"properties": {"n": number}})
            assert client.get("agent", agent_id, fresh=True).version == number
            wait_for(lambda: is_up(client), what="the watch being up again")
            assert client.get("agent", agent_id).version == number


async def test_the_awaiting_client_has_one_too(server: Server, new_id: NewId) -> None:
    async with AsyncLightning(server.url, server.backend.keys["agent"], cache=True) as client:
        agent_id = new_id("agent")
        await client.set("agent", agent_id, AgentState(agent_type="R", status="Ready"))
        assert client.cache is not None
        while not client.cache.hits:
            await client.get("agent", agent_id)
        await client.update_agent_status(agent_id, "Paused")
        assert (await client.get("agent", agent_id)).status == "Paused"
