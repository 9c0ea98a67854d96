"""The watch over long connections: one look for all of them, and each is told of its own end."""

import asyncio
from contextlib import ExitStack

import pytest

from state.access import watch
from state.access.principals import Principal
from state.access.watch import Credential, current_watch
from state.domain.errors import Unauthenticated

SOCKETS = 200


class Looks:
    """Stands in for the database: what has ended, and how often it was asked for how many."""

    def __init__(self) -> None:
        self.ended: set[Credential] = set()
        self.asked: list[int] = []
        self.done = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def __call__(self, credentials: list[Credential]) -> list[Credential]:
        self.asked.append(len(credentials))
        self._loop.call_soon_threadsafe(self.done.set)
        return [one for one in credentials if one in self.ended]

    async def next(self) -> None:
        self.done.clear()
        await asyncio.wait_for(self.done.wait(), 20)


@pytest.fixture
async def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    looks = Looks()
    monkeypatch.setattr(watch, "ended", looks)
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.001)
    return looks


def keyed(number: int) -> Principal:
    return Principal(f"watcher {number}", "viewer", key_id=f"key{number}")


async def test_many_sockets_cost_one_look_and_each_key_is_in_it_once(looks: Looks) -> None:
    with ExitStack() as open_sockets:
        for number in range(SOCKETS):
            open_sockets.enter_context(current_watch().over(keyed(number % 20)))
        for _ in range(3):
            await looks.next()
    assert set(looks.asked) == {20}


async def test_a_revocation_ends_every_connection_of_the_key_and_no_other(looks: Looks) -> None:
    with ExitStack() as open_sockets:
        sockets = [
            open_sockets.enter_context(current_watch().over(keyed(0))) for _ in range(SOCKETS)
        ]
        other = open_sockets.enter_context(current_watch().over(keyed(1)))
        await looks.next()
        looks.ended.add(Credential(key_id="key0"))
        endings = await asyncio.wait_for(
            asyncio.gather(*(one.until_ended() for one in sockets), return_exceptions=True), 20
        )
        other.check()
    assert {type(one) for one in endings} == {Unauthenticated}


async def test_nobody_is_looked_for_when_nobody_is_connected(looks: Looks) -> None:
    with current_watch().over(keyed(0)):
        await looks.next()
    running = current_watch()._loop
    async with asyncio.timeout(20):
        while running.is_alive:  # noqa: ASYNC110  (nothing tells of its end)
            await asyncio.sleep(0)
    with current_watch().over(Principal("anonymous", "viewer")):
        assert not running.is_alive
    with current_watch().over(keyed(0)):
        await looks.next()
