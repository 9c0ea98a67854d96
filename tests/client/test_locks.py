"""Locks through the client: tokens inside, loss out loud, nothing left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import threading

import pytest
from lightning_client import (
    AsyncLightning,
    Lightning,
    Locked,
    LockLost,
    LockUnavailable,
)

from tests.client.conftest import NewClient
from tests.rig.environment import REPOSITORY
from tests.rig.server import Server
from tests.rig.waiting import wait_for


def is_free(lightning: Lightning, agent_id: str) -> bool:
    return not list(lightning.locks("agent", agent_id))


def force_release(operator: Lightning, agent_id: str) -> None:
    (held,) = operator.locks("agent", agent_id)
    operator.release_lock(held.lock_id, force=True)


def test_writes_inside_pass_the_token_and_others_are_refused(
    lightning: Lightning, new_client: NewClient, agent_id: str
) -> None:
    other = new_client()
    with lightning.lock("agent", agent_id, ttl_seconds=30) as lease:
        lightning.update_agent_status(agent_id, "Processing")
        lightning.update("agent", agent_id, lambda state: state.properties.update(step=1))
        lightning.batch("agent", [{"id": agent_id, "patch": {"properties": {"step": 2}}}])
        with pytest.raises(Locked):
            other.update_agent_status(agent_id, "Ready")
        with (
            pytest.raises(LockUnavailable) as refusal,
            other.lock("agent", agent_id, wait_seconds=0),
        ):
            pass
        assert refusal.value.owner == lease.owner
        assert lease.fencing_token >= 1
    other.update_agent_status(agent_id, "Ready")
    assert lightning.get("agent", agent_id).properties == {"step": 2}


def test_another_thread_is_not_inside(lightning: Lightning, agent_id: str) -> None:
    failures: list[BaseException] = []

    def write(**options: str) -> None:
        try:
            lightning.patch("agent", agent_id, {"properties": {"by": "thread"}}, **options)  # type: ignore[arg-type]
        except Locked as refusal:
            failures.append(refusal)

    with lightning.lock("agent", agent_id) as lease:
        for options in ({}, {"lock_token": lease.token}):
            thread = threading.Thread(target=write, kwargs=options)
            thread.start()
            thread.join()
    assert len(failures) == 1
    assert lightning.get("agent", agent_id).properties == {"by": "thread"}


def test_it_is_released_whatever_happens_inside(lightning: Lightning, agent_id: str) -> None:
    with pytest.raises(ZeroDivisionError), lightning.lock("agent", agent_id):
        _ = 1 / 0
    assert is_free(lightning, agent_id)
    with lightning.lock("agent", agent_id, wait_seconds=0):
        pass


def test_it_is_renewed_while_it_is_held(lightning: Lightning, agent_id: str) -> None:
    with lightning.lock("agent", agent_id, ttl_seconds=1):
        (before,) = lightning.locks("agent", agent_id)

        def renewed_twice() -> bool:
            (now,) = lightning.locks("agent", agent_id)
            return (now.expires_at - before.expires_at).total_seconds() > 1.0

        wait_for(renewed_twice, what="a lock held for longer than its time to live")
        lightning.update_agent_status(agent_id, "Processing")


def test_who_loses_it_is_told_before_the_next_write(
    lightning: Lightning, new_client: NewClient, agent_id: str
) -> None:
    operator = new_client("operator")
    with pytest.raises(LockLost), lightning.lock("agent", agent_id, ttl_seconds=1) as lease:  # noqa: PT012
        force_release(operator, agent_id)
        wait_for(lambda: lease.is_lost, what="the loss being noticed")
        with pytest.raises(LockLost):
            lightning.update_agent_status(agent_id, "Processing")
        lightning.summary()
    assert lightning.get("agent", agent_id).version == 1


def test_the_loss_shows_when_it_is_left(
    lightning: Lightning, new_client: NewClient, agent_id: str
) -> None:
    operator = new_client("operator")
    with pytest.raises(LockLost), lightning.lock("agent", agent_id, ttl_seconds=30):
        force_release(operator, agent_id)
    with pytest.raises(ZeroDivisionError), lightning.lock("agent", agent_id):  # noqa: PT012
        force_release(operator, agent_id)
        _ = 1 / 0


HOLDER = """
import sys, time
from lightning_client import Lightning
lightning = Lightning(sys.argv[1], sys.argv[2])
with lightning.lock("agent", sys.argv[3], ttl_seconds=2):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_holder_that_is_killed_frees_it_at_the_leases_end(
    server: Server, lightning: Lightning, agent_id: str
) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, server.url, server.backend.keys["agent"], agent_id],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "client" / "src")},
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    assert not is_free(lightning, agent_id)
    with lightning.lock("agent", agent_id, wait_seconds=30) as lease:
        assert lease.owner != ""


# --- Awaited ------------------------------------------------------------------------------------


async def test_an_awaiting_holder_is_interrupted_at_once(
    async_lightning: AsyncLightning, new_client: NewClient, agent_id: str
) -> None:
    operator = new_client("operator")
    with pytest.raises(LockLost):  # noqa: PT012
        async with async_lightning.lock("agent", agent_id, ttl_seconds=1):
            await asyncio.to_thread(force_release, operator, agent_id)
            async with asyncio.timeout(30):
                await asyncio.Event().wait()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0, "the interruption is over"
    await async_lightning.update_agent_status(agent_id, "Processing")


async def test_who_is_cancelled_inside_releases_it(
    async_lightning: AsyncLightning, lightning: Lightning, agent_id: str
) -> None:
    inside = asyncio.Event()

    async def hold() -> None:
        async with async_lightning.lock("agent", agent_id):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert is_free(lightning, agent_id)


async def test_who_is_cancelled_while_waiting_leaves_no_lock_behind(
    async_lightning: AsyncLightning, lightning: Lightning, agent_id: str
) -> None:
    async def hold() -> None:
        async with async_lightning.lock("agent", agent_id, wait_seconds=60):
            pass

    for _ in range(10):
        with lightning.lock("agent", agent_id):
            waiting = asyncio.create_task(hold())
            await asyncio.sleep(0)
            await async_lightning.get("agent", agent_id)  # the wait's request was sent before
            release = asyncio.to_thread(lambda: None)
            waiting.cancel()
            await release
        with pytest.raises(asyncio.CancelledError):
            await waiting
        wait_for(lambda: is_free(lightning, agent_id), timeout_seconds=5, what="no lock left")
    with lightning.lock("agent", agent_id, wait_seconds=0):
        pass


@pytest.mark.parametrize("when", range(8))
async def test_a_cancellation_that_meets_the_grant_leaves_no_lock_behind(
    async_lightning: AsyncLightning, lightning: Lightning, agent_id: str, when: int
) -> None:
    """Cancelled in the very moments in which the lock is granted and its answer is on the way."""

    async def hold() -> None:
        async with async_lightning.lock("agent", agent_id, ttl_seconds=600):
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    for _ in range(when * 3):
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    wait_for(lambda: is_free(lightning, agent_id), timeout_seconds=5, what="no lock left")


async def test_locks_of_two_tasks_exclude_each_other(
    async_lightning: AsyncLightning, agent_id: str
) -> None:
    async def add_one() -> None:
        async with async_lightning.lock("agent", agent_id, wait_seconds=60):
            state = await async_lightning.get("agent", agent_id, fresh=True)
            state.properties["count"] = state.properties.get("count", 0) + 1
            await async_lightning.set("agent", agent_id, state)

    await asyncio.gather(*(add_one() for _ in range(6)))
    state = await async_lightning.get("agent", agent_id, fresh=True)
    assert state.properties == {"count": 6}
