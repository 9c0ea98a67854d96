"""What belongs to one event loop: made when it is first asked for, closed after its loop."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast


class LoopBound(Protocol):
    """Something of one event loop."""

    def close(self) -> None:
        """Lets go of what it holds elsewhere; its loop has ended."""


T = TypeVar("T", bound=LoopBound)

_things: dict[asyncio.AbstractEventLoop, dict[Callable[[], Any], LoopBound]] = {}


def of_this_loop(make: Callable[[], T]) -> T:
    """The running loop's own ``make()``: the same thing each time it is asked for there."""
    loop = asyncio.get_running_loop()
    things = _things.get(loop)
    if things is None:
        _close_those_of_ended_loops()
        things = _things[loop] = {}
    thing = things.get(make)
    if thing is None:
        thing = things[make] = make()
    return cast(T, thing)


def _close_those_of_ended_loops() -> None:
    # A copy: another thread's loop may begin or be looked at meanwhile.
    for loop in [one for one in list(_things) if one.is_closed()]:
        for thing in _things.pop(loop, {}).values():
            thing.close()
