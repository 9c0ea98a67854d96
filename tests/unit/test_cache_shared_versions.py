"""What workers of one ``serve`` know of each other: versions in shared memory."""

import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from state.cache import shared_versions
from state.cache.shared_versions import SharedVersions

KEY = "agent_state:a"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "versions"
    SharedVersions.create(path)
    return path


@pytest.fixture
def table(path: Path) -> Iterator[SharedVersions]:
    table = SharedVersions(path)
    yield table
    table.close()


def test_a_new_table_asks_for_nothing(table: SharedVersions) -> None:
    assert table.floor(KEY) == 0


def test_another_worker_sees_what_was_raised(table: SharedVersions, path: Path) -> None:
    table.raise_to([(KEY, 7), ("agent_state:b", 3)])
    other = SharedVersions(path)
    assert (other.floor(KEY), other.floor("agent_state:b")) == (7, 3)
    other.close()


def test_it_never_goes_down(table: SharedVersions) -> None:
    table.raise_to([(KEY, 7)])
    table.raise_to([(KEY, 6)])
    assert table.floor(KEY) == 7


def test_it_lets_go_when_every_tail_has_the_change(
    table: SharedVersions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else two keys that share a slot would be misses for ever."""
    table.raise_to([(KEY, 7)])
    later = time.monotonic_ns() + 4_000_000_000
    monkeypatch.setattr(shared_versions.time, "monotonic_ns", lambda: later)
    assert table.floor(KEY) == 0
    table.raise_to([(KEY, 2)])
    assert table.floor(KEY) == 2


def test_without_the_environment_there_is_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(shared_versions.ENVIRONMENT_VARIABLE, raising=False)
    assert SharedVersions.from_environment() is None


def _raise_many(path: Path, first: int, together: Barrier) -> None:
    # Its time must not run out while others have yet to be scheduled.
    shared_versions._HELD_NANOSECONDS = 600 * 1_000_000_000
    table = SharedVersions(path)
    together.wait(60)
    for version in range(first, 4001, 4):
        table.raise_to([(KEY, version)])
    table.close()


def test_racing_workers_leave_the_highest(table: SharedVersions, path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(4)
    workers = [
        context.Process(target=_raise_many, args=(path, 1 + one, together)) for one in range(4)
    ]
    for worker in workers:
        worker.start()
    highest = 0
    while any(worker.is_alive() for worker in workers):
        seen = table.floor(KEY)
        assert seen >= highest
        highest = seen
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    assert table.floor(KEY) == 4000
