"""The edge's batches: what arrives while one runs is the next, up to a weight."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from state.apo.admission import Admission, current
from state.apo.limiter import Limiter
from state.domain.commands import AppendFacts, Command, Put, Restore, Submission
from state.domain.errors import OperationTimeout, Overloaded
from state.domain.kinds import FACTS, Kind
from state.service import edge
from state.service.coalescing import Coalescer
from state.service.edge import COMMANDS_A_BATCH, weight_of


class Held:
    """A function whose first batch is held until the test lets it go."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.go_on = threading.Event()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        self._loop.call_soon_threadsafe(self.begun.set)
        assert self.go_on.wait(20)
        return [2 * item for item in items]


async def batches_of(items: list[int], most: int) -> list[list[int]]:
    """How items that wait behind a first one are gathered; each weighs what it is."""
    held = Held()
    coalescer: Coalescer[int, int] = Coalescer(
        "test", held, most, Limiter(1, 100), weigh=lambda item: item
    )
    first = asyncio.create_task(coalescer.call(1))
    await held.begun.wait()
    rest = [asyncio.create_task(coalescer.call(item)) for item in items]
    await asyncio.sleep(0)
    held.go_on.set()
    assert await asyncio.gather(first, *rest) == [2, *(2 * item for item in items)]
    return held.batches[1:]


async def test_what_waits_is_one_batch() -> None:
    assert await batches_of([1, 2, 3], most=10) == [[1, 2, 3]]


async def test_a_batch_ends_before_it_weighs_too_much() -> None:
    assert await batches_of([4, 4, 4, 1, 1], most=10) == [[4, 4], [4, 1, 1]]


async def test_what_weighs_too_much_goes_alone() -> None:
    assert await batches_of([50, 50, 1], most=10) == [[50], [50], [1]]


A_FACT = {"id": "f", "content": "c"}
ONE = [Command(Kind.AGENT, "a", Put({}))]


@pytest.mark.parametrize(
    ("commands", "shared"),
    [
        (ONE, 128),
        (ONE * 100, 10),
        (ONE * 1000, 1),
        ([Command(Kind.RESEARCH, "r", Put({FACTS: []}))], 60),
        ([Command(Kind.RESEARCH, "r", AppendFacts([A_FACT] * 500))], 2),
        ([Command(Kind.RESEARCH, "r", AppendFacts([A_FACT] * 10_000))], 1),
        ([Command(Kind.AGENT, "a", Restore(1))], 128),
    ],
)
def test_large_requests_share_a_transaction_with_fewer(
    commands: list[Command], shared: int
) -> None:
    assert max(COMMANDS_A_BATCH // weight_of(Submission(commands)), 1) == shared


def test_misses_with_different_minimums_are_read_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[Kind, dict[str, int]]] = []

    def read_missed(kind: Kind, min_versions: dict[str, int]) -> dict[str, str]:
        asked.append((kind, dict(min_versions)))
        return {state_id: f"{kind}/{state_id}" for state_id in min_versions}

    monkeypatch.setattr(edge.reading, "read_missed", read_missed)
    misses = [(Kind.AGENT, "a", 0), (Kind.AGENT, "b", 7), (Kind.AGENT, "a", 3)]
    assert edge._read_misses([*misses, (Kind.RESEARCH, "a", 1)]) == [
        "agent/a",
        "agent/b",
        "agent/a",
        "research/a",
    ]
    assert asked == [(Kind.AGENT, {"a": 3, "b": 7}), (Kind.RESEARCH, {"a": 1})]


async def test_a_batch_is_one_executing_operation_and_gives_way() -> None:
    held, limiter = Held(), Limiter(1, 100)
    coalescer: Coalescer[int, int] = Coalescer("test", held, 10, limiter)
    first = asyncio.create_task(coalescer.call(1))
    await held.begun.wait()
    assert (limiter.executing, limiter.queued) == (1, 0)
    second = asyncio.create_task(coalescer.call(2))
    other = asyncio.create_task(limiter.acquire())
    await asyncio.sleep(0)
    assert limiter.queued == 2
    held.go_on.set()
    await asyncio.gather(first, other)
    assert limiter.executing == 1  # the other's: the next batch stands behind it
    assert not second.done()
    limiter.release()
    assert await second == 4


async def test_what_waits_for_a_batch_at_its_deadline_never_runs() -> None:
    held, limiter = Held(), Limiter(1, 100)
    coalescer: Coalescer[int, int] = Coalescer("test", held, 10, limiter, lands=True)

    async def limited(item: int) -> int:
        admission = Admission(limiter, 0.05, False)
        current.set(admission)
        return await admission.in_time(coalescer.call(item))

    first, second = (asyncio.create_task(limited(item)) for item in (1, 2))
    answers = await asyncio.gather(first, second, return_exceptions=True)
    outcomes = [one.data for one in answers if isinstance(one, OperationTimeout)]
    assert outcomes == [{"outcome": "unknown"}, {}]
    held.go_on.set()
    assert await coalescer.call(3) == 6
    assert held.batches == [[1], [3]]


async def test_the_queue_before_a_batch_is_bounded() -> None:
    held, limiter = Held(), Limiter(1, 1)
    coalescer: Coalescer[int, int] = Coalescer("test", held, 10, limiter)
    current.set(Admission(limiter, 60, False))
    first = asyncio.create_task(coalescer.call(1))
    await held.begun.wait()
    second = asyncio.create_task(coalescer.call(2))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await coalescer.call(3)
    held.go_on.set()
    assert await asyncio.gather(first, second) == [2, 4]
