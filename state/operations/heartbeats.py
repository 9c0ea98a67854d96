"""``/api/v1/agents/{id}/heartbeat``: agents are alive (contract §2)."""

from functools import partial

from state.domain.errors import NotFound
from state.domain.ids import checked_id
from state.domain.kinds import Kind
from state.operations.batches import IDS_LIMIT_BYTES
from state.operations.operation import Body, Operation, Result
from state.operations.parsing import parsed
from state.operations.shapes import Ids
from state.operations.states import may_write
from state.protocol.batches import batch_get_ids
from state.protocol.call import Answer, Call
from state.service import reading
from state.service.guard import ask_database

TAG = "Heartbeats"


async def _one(call: Call) -> Answer:
    if not await ask_database(reading.heartbeat, [checked_id(call.id)]):
        raise NotFound()
    return Answer(204, media_type="")


async def _many(call: Call) -> Answer:
    """Unknown ids are passed over."""
    ids = await parsed(batch_get_ids, call)
    for agent_id in ids:
        call.principal.require_write(Kind.AGENT, agent_id)
    await ask_database(reading.heartbeat, ids)
    return Answer(204, media_type="")


OPERATIONS = [
    Operation(
        name="heartbeat",
        method="POST",
        path="/api/v1/agents/{id}/heartbeat",
        kind=Kind.AGENT,
        run=_one,
        tag=TAG,
        summary="The agent is alive",
        description="No version and no change: `?include=lastSeen` shows it.",
        role="agent",
        permit=partial(may_write, Kind.AGENT),
        results={204: Result("Noted.")},
        refusals=(404, 422),
    ),
    Operation(
        name="heartbeats",
        method="POST",
        path="/api/v1/agents/heartbeat",
        kind=Kind.AGENT,
        run=_many,
        tag=TAG,
        summary="These agents are alive",
        description="Unknown ids are passed over.",
        role="agent",
        body=Body(Ids, IDS_LIMIT_BYTES),
        results={204: Result("Noted.")},
    ),
]
