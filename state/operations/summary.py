"""``/api/v1/summary`` (contract §2)."""

from state.domain.jsontext import encode
from state.operations.operation import Operation, Result
from state.operations.shapes import Summary
from state.protocol.call import Answer, Call
from state.service import reading
from state.service.guard import ask_database


async def _summary(call: Call) -> Answer:
    return Answer(200, encode(await ask_database(reading.summary)))


OPERATIONS = [
    Operation(
        name="summary",
        method="GET",
        path="/api/v1/summary",
        run=_summary,
        tag="States",
        summary="Exact counts per kind and status",
        results={200: Result("The counts, and the log's position they belong to.", Summary)},
    ),
]
