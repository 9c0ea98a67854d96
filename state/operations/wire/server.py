"""``GET /api/server/info``: what this server is."""

from state.domain.jsontext import encode
from state.operations.operation import Operation, Result
from state.operations.wire.shapes import TAG, ServerInfo
from state.protocol.call import Answer, Call
from state.service import deployment
from state.service.guard import ask_database


async def _info(call: Call) -> Answer:
    return Answer(200, encode(await ask_database(deployment.server_info)))


OPERATIONS = [
    Operation(
        name="serverInfo",
        method="GET",
        path="/api/server/info",
        run=_info,
        tag=TAG,
        summary="What this server is",
        results={200: Result("The instance that answers.", ServerInfo)},
    ),
]
