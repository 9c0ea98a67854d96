"""§8: the deadline of a call, as the calls of one loop share a timer."""

import asyncio
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from state.apo.deadlines import Deadlines

SOON, LATE = 0.02, 60.0
READ, WRITE = SimpleNamespace(may_land=False), SimpleNamespace(may_land=True)


def in_seconds(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_what_waits_at_its_deadline_is_cancelled_and_told() -> None:
    deadlines, cancelled = Deadlines(), []

    async def call() -> None:
        with deadlines.until(in_seconds(SOON), READ):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as error:
                cancelled.append(error)
                raise

    with pytest.raises(TimeoutError):
        await call()
    assert cancelled
    await asyncio.sleep(0)  # the task goes on as one that nobody has cancelled


async def test_what_ends_before_brings_its_result_and_is_forgotten() -> None:
    deadlines = Deadlines()

    async def call() -> int:
        with deadlines.until(in_seconds(SOON), READ):
            return 7

    assert await call() == 7
    await asyncio.sleep(SOON * 2)


async def test_one_that_comes_later_may_be_due_earlier() -> None:
    deadlines, ended = Deadlines(), []

    async def call(name: str, seconds: float) -> None:
        try:
            with deadlines.until(in_seconds(seconds), READ):
                await asyncio.Event().wait()
        except TimeoutError:
            ended.append(name)

    late = asyncio.create_task(call("late", LATE))
    await asyncio.sleep(0)
    await asyncio.gather(call("second", SOON * 2), call("first", SOON))
    assert ended == ["first", "second"]
    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late
    assert ended == ["first", "second"]


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    deadlines = Deadlines()

    async def call() -> None:
        with deadlines.until(in_seconds(SOON), READ):
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(LATE)  # until the deadline has come as well

    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_within_another_the_earlier_one_tells() -> None:
    deadlines = Deadlines()

    async def call() -> None:
        with deadlines.until(in_seconds(SOON), READ), deadlines.until(in_seconds(LATE), READ):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await call()


async def test_a_thousand_calls_have_one_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    deadlines, loop = Deadlines(), asyncio.get_running_loop()
    call_at = Mock(side_effect=loop.call_at)
    monkeypatch.setattr(loop, "call_at", call_at)
    for _ in range(1000):
        with deadlines.until(in_seconds(LATE), READ):
            pass
    assert call_at.call_count == 1


async def test_what_is_given_up_ends_before_its_time_but_a_write_under_way_goes_on() -> None:
    deadlines, ended = Deadlines(), []

    async def call(one: SimpleNamespace, seconds: float) -> bool:
        deadline = deadlines.until(in_seconds(seconds), one)
        with pytest.raises(TimeoutError), deadline:
            await asyncio.Event().wait()
        ended.append(one)
        return deadline.is_given_up

    calls = asyncio.gather(call(READ, LATE), call(WRITE, SOON))
    await asyncio.sleep(0)
    deadlines.give_up()
    assert await calls == [True, False]
    assert ended == [READ, WRITE]
