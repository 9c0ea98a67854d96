"""The edge's batches: what arrives while one runs is the next, up to a weight."""

import asyncio
import threading
from collections.abc import Sequence

from state.coalesce import Coalescer


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
    coalescer: Coalescer[int, int] = Coalescer("test", held, most, weigh=lambda item: item)
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
