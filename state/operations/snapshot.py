"""``/api/v1/snapshot``: the whole fleet at a cursor or time, streamed as NDJSON (contract §5)."""

import asyncio
from collections.abc import AsyncIterator

from state.changelog.cursor import Cursor
from state.operations.operation import Operation, Parameter, Result
from state.protocol.call import Answer, Call
from state.runtime.threads import in_thread
from state.service import watching
from state.service.guard import ask_database

NDJSON = "application/x-ndjson"


async def _snapshot(call: Call) -> Answer:
    position = await ask_database(watching.position_of, call.query.get("at"))
    return Answer(200, media_type=NDJSON, stream=_pages(position))


async def _pages(position: Cursor) -> AsyncIterator[bytes]:
    pages = watching.snapshot_pages(position)
    while page := await in_thread(next, pages, b""):
        yield page
        await asyncio.sleep(0)  # other requests of this loop get their turn


OPERATIONS = [
    Operation(
        name="snapshot",
        method="GET",
        path="/api/v1/snapshot",
        run=_snapshot,
        tag="Changes",
        summary="The whole fleet as it was",
        description='NDJSON: `{"type":"header","cursor"}`, a line a state '
        '(`{"type":"state","kind","state"}`), `{"type":"trailer","count"}`.',
        results={200: Result("The lines.", str, NDJSON)},
        refusals=(410,),
        query=(Parameter("at", "A cursor or a timestamp; now, when absent."),),
        waits=True,
    ),
]
