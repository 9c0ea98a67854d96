"""What belongs to an event loop: one of each, and none for longer than its loop."""

import asyncio

from state.runtime.per_loop import of_this_loop


class Thing:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


class OtherThing(Thing):
    pass


async def own() -> Thing:
    assert of_this_loop(Thing) is of_this_loop(Thing)
    assert type(of_this_loop(OtherThing)) is OtherThing
    return of_this_loop(Thing)


def test_each_loop_has_its_own_and_closes_it_with_the_next() -> None:
    first = asyncio.run(own())
    assert not first.closed
    second = asyncio.run(own())
    assert second is not first
    assert first.closed
    assert not second.closed
