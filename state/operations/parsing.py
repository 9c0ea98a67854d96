"""Reads bodies without holding up the others of the event loop."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from state.protocol.call import Call
from state.runtime.threads import in_thread

P = ParamSpec("P")
T = TypeVar("T")

_PARSED_AT_ONCE_BYTES = 64 * 1024


async def parsed(
    parse: Callable[Concatenate[Call, P], T], call: Call, *args: P.args, **kwargs: P.kwargs
) -> T:
    """What a call's body says; a large one is read in a thread: the others' answers go on."""
    if len(call.body) <= _PARSED_AT_ONCE_BYTES:
        return parse(call, *args, **kwargs)
    return await in_thread(parse, call, *args, **kwargs)
