"""Ends a call that waits when its caller has gone, or when the credentials have ended meanwhile."""

import asyncio
from collections.abc import AsyncIterator

from state.access.watch import Watched, current_watch
from state.operations.operation import Operation, Run
from state.protocol.call import Answer, Call, CallerGone


def ends_with_its_caller(operation: Operation, run: Run) -> Run:
    """An ``Around``: a call that waits is cancelled when there is nobody to answer any more."""
    if not operation.waits:
        return run

    async def watched(call: Call) -> Answer:
        with current_watch().over(call.principal) as credentials:
            answer = await _unless_ended(run, call, credentials)
            if operation.method == "GET":  # what has been done is told; what is read is not shown
                credentials.check()
        if answer.stream is not None:
            answer.stream = _while_valid(answer.stream, call)
        return answer

    return watched


async def _unless_ended(run: Run, call: Call, credentials: Watched) -> Answer:
    running = asyncio.ensure_future(run(call))
    leaving = asyncio.ensure_future(call.gone())
    ending = asyncio.ensure_future(credentials.until_ended())
    tasks = (running, leaving, ending)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            return running.result()
        if ending.done():
            ending.result()
        raise CallerGone
    finally:
        for task in tasks:
            task.cancel()
        # What it holds (a place in a queue) is given back before the call counts as over.
        await asyncio.gather(*tasks, return_exceptions=True)


async def _while_valid(pages: AsyncIterator[bytes], call: Call) -> AsyncIterator[bytes]:
    with current_watch().over(call.principal) as credentials:
        async for page in pages:
            credentials.check()
            yield page
