"""Slots and the queue before them (contract §8)."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from state.apo.admission import Admission
from state.apo.limiter import Limiter
from state.domain.errors import OperationTimeout, Overloaded


async def started(task: "asyncio.Task[None]") -> None:
    await asyncio.sleep(0)
    assert not task.done()


async def test_the_first_ones_pay_nothing_and_the_next_waits() -> None:
    limiter = Limiter(2, 10)
    await limiter.acquire()
    await limiter.acquire()
    third = asyncio.create_task(limiter.acquire())
    await started(third)
    assert (limiter.executing, limiter.queued, limiter.utilization) == (2, 1, 1.0)
    limiter.release()
    await third
    assert (limiter.executing, limiter.queued) == (2, 0)


async def test_who_came_first_is_served_first() -> None:
    limiter, order = Limiter(1, 10), []

    async def call(name: int) -> None:
        await limiter.acquire()
        order.append(name)
        limiter.release()

    await limiter.acquire()
    tasks = []
    for name in range(5):
        tasks.append(asyncio.create_task(call(name)))
        await asyncio.sleep(0)
    limiter.release()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4]
    assert limiter.executing == 0


async def test_the_queue_is_bounded() -> None:
    limiter = Limiter(1, 2)
    await limiter.acquire()
    waiting = [asyncio.create_task(limiter.acquire()) for _ in range(2)]
    await started(waiting[1])
    with pytest.raises(Overloaded):
        await asyncio.wait_for(limiter.acquire(), 5)  # it would wait for ever
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert limiter.queued == 0


async def test_who_goes_while_waiting_takes_no_slot() -> None:
    limiter = Limiter(1, 10)
    await limiter.acquire()
    gone, next_one = (asyncio.create_task(limiter.acquire()) for _ in range(2))
    await started(next_one)
    gone.cancel()
    await asyncio.sleep(0)
    limiter.release()
    await next_one
    assert (limiter.executing, limiter.queued) == (1, 0)


async def test_a_slot_given_in_the_moment_of_going_is_given_on() -> None:
    limiter = Limiter(1, 10)
    await limiter.acquire()
    gone, next_one = (asyncio.create_task(limiter.acquire()) for _ in range(2))
    await started(next_one)
    limiter.release()
    gone.cancel()
    await next_one
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert limiter.executing == 1


async def test_a_larger_share_admits_those_who_wait() -> None:
    limiter = Limiter(1, 10)
    await limiter.acquire()
    second = asyncio.create_task(limiter.acquire())
    await started(second)
    limiter.resize(2, 10)
    await second
    assert limiter.executing == 2


async def test_those_who_wait_for_a_batch_are_in_the_queue() -> None:
    limiter, line = Limiter(1, 3), [1, 2]
    limiter.count_line(lambda: len(line))
    limiter.require_room()
    line.append(3)
    assert limiter.queued == 3
    with pytest.raises(Overloaded):
        limiter.require_room()


async def test_short_of_memory_it_admits_nobody() -> None:
    limiter = Limiter(5, 5)
    limiter.is_shedding = True
    with pytest.raises(Overloaded, match="Memory"):
        await limiter.acquire()


# --- Deadlines ------------------------------------------------------------------------------------


async def test_what_waits_at_its_deadline_is_refused_and_never_runs() -> None:
    limiter = Limiter(1, 10)
    await limiter.acquire()
    ran: list[bool] = []
    with ThreadPoolExecutor(1) as pool, pytest.raises(OperationTimeout) as refusal:
        await Admission(limiter, 0.01, False).execute(lambda: pool.submit(ran.append, True))
    assert refusal.value.data == {}
    assert (ran, limiter.executing, limiter.queued) == ([], 1, 0)


async def test_what_stands_in_a_thread_s_line_at_its_deadline_never_runs() -> None:
    limiter, go, ran = Limiter(5, 10), threading.Event(), []
    with ThreadPoolExecutor(1) as pool:
        pool.submit(go.wait, 60)
        with pytest.raises(OperationTimeout):
            await Admission(limiter, 0.01, False).execute(lambda: pool.submit(ran.append, True))
        go.set()
    await asyncio.sleep(0)
    assert (ran, limiter.executing) == ([], 0)


async def test_a_slot_is_held_for_as_long_as_the_thread_is_at_work() -> None:
    limiter, go = Limiter(5, 10), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(OperationTimeout):
            await Admission(limiter, 0.01, False).execute(lambda: pool.submit(go.wait, 60))
        assert limiter.executing == 1
        go.set()
    await asyncio.sleep(0)
    assert limiter.executing == 0


async def test_operators_wait_for_no_slot() -> None:
    limiter = Limiter(1, 0)
    await limiter.acquire()
    with ThreadPoolExecutor(1) as pool:
        admission = Admission(limiter, 5, True)
        assert await admission.execute(lambda: pool.submit(int, "7")) == 7


@pytest.mark.parametrize(("may_land", "data"), [(True, {"outcome": "unknown"}), (False, {})])
async def test_what_may_yet_land_says_so(may_land: bool, data: dict[str, str]) -> None:
    admission = Admission(Limiter(1, 1), 0.01, False)

    async def commit() -> None:
        admission.may_land = may_land
        await asyncio.Event().wait()

    with pytest.raises(OperationTimeout) as refusal:
        await admission.in_time(commit())
    assert refusal.value.data == data
