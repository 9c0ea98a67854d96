"""Background loops: what a failure does to them, and what is told of it."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError

from state.runtime.background import BackgroundTask, BackgroundThread, Tolerance
from state.runtime.loops import Loops
from tests.rig.waiting import wait_for

AT_ONCE = Tolerance(expected=(OperationalError,), retry_seconds=0)


class Work:
    """A step that fails as often as it was told to, or while it is broken."""

    def __init__(self, *failures: BaseException, broken: bool = False) -> None:
        self.failures = list(failures)
        self.broken = broken
        self.failed = self.done = self.closed = 0

    def step(self) -> float:
        if self.failures:
            raise self.failures.pop(0)
        if self.broken:
            self.failed += 1
            raise ValueError("nobody thought of this")
        self.done += 1
        return 0.001

    async def astep(self) -> float | None:
        return self.step()

    def close(self) -> None:
        self.closed += 1


@contextmanager
def running(loop: BackgroundThread) -> Iterator[BackgroundThread]:
    loop.start()
    try:
        yield loop
    finally:
        loop.stop()


@pytest.fixture
def registry() -> Loops:
    return Loops()


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loops give a connection back that these tests have none of."""
    monkeypatch.setattr("state.runtime.background.connection", NoConnection())


class NoConnection:
    def close(self) -> None:
        """Nothing to give back."""


def test_an_unexpected_failure_is_logged_counted_and_survived(
    registry: Loops, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(broken=True)
    with running(BackgroundThread("odd", work.step, close=work.close, registry=registry)):
        wait_for(lambda: registry.checks() == {"odd": "failing"})
        work.broken = False
        wait_for(lambda: registry.checks() == {"odd": "ok"})
        assert work.closed == work.failed
    assert work.done
    assert registry.failures() == {"odd": work.failed}
    assert registry.checks() == {}
    told = next(one for one in caplog.records if one.levelno == logging.ERROR)
    assert told.exc_info
    assert isinstance(told.exc_info[1], ValueError)


def test_expected_trouble_is_one_line_without_a_traceback(
    registry: Loops, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(*(OperationalError("the database is away") for _ in range(5)))
    with running(BackgroundThread("tail", work.step, tolerance=AT_ONCE, registry=registry)):
        wait_for(lambda: work.done > 0)
    assert registry.failures() == {"tail": 5}
    [told] = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert (told.levelno, told.exc_info) == (logging.WARNING, None)


def test_a_loop_that_does_not_recover_ends_the_worker(registry: Loops) -> None:
    hopeless: list[str] = []
    registry.on_hopeless = hopeless.append
    work = Work(*(KeyError("again") for _ in range(100)))
    tolerance = Tolerance(give_up_seconds=0)
    with running(BackgroundThread("lost", work.step, tolerance=tolerance, registry=registry)):
        wait_for(lambda: bool(hopeless))
    assert set(hopeless) == {"lost"}


def test_a_database_that_is_away_for_long_ends_no_worker(registry: Loops) -> None:
    hopeless: list[str] = []
    registry.on_hopeless = hopeless.append
    work = Work(*(OperationalError("away") for _ in range(20)))
    tolerance = Tolerance(give_up_seconds=0, retry_seconds=0)
    with running(BackgroundThread("tail", work.step, tolerance=tolerance, registry=registry)):
        wait_for(lambda: work.done > 0)
    assert hopeless == []


def test_a_thread_that_cannot_go_on_is_told_of_and_ends_the_worker(registry: Loops) -> None:
    hopeless: list[str] = []
    registry.on_hopeless = hopeless.append
    with running(BackgroundThread("gone", Work(SystemExit()).step, registry=registry)):
        wait_for(lambda: hopeless == ["gone"])
        wait_for(lambda: registry.checks() == {"gone": "ended"})


def test_a_step_that_does_not_come_back_is_told_of(registry: Loops) -> None:
    go_on = threading.Event()

    def hang() -> float:
        go_on.wait(20)
        return 1.0

    tolerance = Tolerance(silent_after_seconds=0)
    with running(BackgroundThread("stuck", hang, tolerance=tolerance, registry=registry)):
        wait_for(lambda: registry.checks() == {"stuck": "silent"})
        go_on.set()
        wait_for(lambda: registry.checks() == {"stuck": "ok"})


def test_it_starts_once_and_again_after_its_end(registry: Loops) -> None:
    names: list[str] = []
    work = Work()

    def step() -> float:
        names.append(str(threading.get_ident()))
        return work.step()

    loop = BackgroundThread("one", step, registry=registry)
    for _ in range(2):
        with running(loop):
            loop.start()
            before = work.done
            wait_for(lambda seen=before: work.done > seen + 2)
    assert len(set(names)) <= 2
    assert registry.checks() == {}


def test_a_pause_is_cut_short_by_a_call_and_by_the_end(registry: Loops) -> None:
    work = Work()

    def once_an_hour() -> float:
        work.step()
        return 3600.0

    loop = BackgroundThread("hourly", once_an_hour, registry=registry)
    with running(loop):
        wait_for(lambda: work.done == 1)
        loop.wake()
        wait_for(lambda: work.done == 2)
    assert not loop.is_alive


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  (nothing tells: the loop under test has no event)
            await asyncio.sleep(0)


async def test_a_task_survives_an_unexpected_failure_too(registry: Loops) -> None:
    work = Work(broken=True)
    loop = BackgroundTask("hub", work.astep, registry=registry)
    loop.start()
    await until(lambda: registry.checks() == {"hub": "failing"})
    work.broken = False
    await until(lambda: registry.checks() == {"hub": "ok"})
    assert registry.failures() == {"hub": work.failed}
    loop.stop()
    assert registry.checks() == {}


async def test_a_task_ends_when_nothing_is_left_to_do_and_begins_again(registry: Loops) -> None:
    rounds: list[int] = []

    async def once() -> float | None:
        rounds.append(len(rounds))
        return None

    loop = BackgroundTask("waiters", once, registry=registry)
    for count in (1, 2):
        loop.start()
        await until(lambda wanted=count: len(rounds) == wanted and not loop.is_alive)
        assert registry.checks() == {}
