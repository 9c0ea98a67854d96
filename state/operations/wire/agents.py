"""``/api/agents``: registrations, which are the agents' states in other words."""

from state.domain.commands import Command, Submission
from state.domain.errors import LightningError, NotFound, VersionConflict
from state.domain.jsontext import decode, encode
from state.domain.kinds import Kind, is_id
from state.operations.operation import Body, Operation, Result
from state.operations.wire.shapes import CONFLICT, TAG, PendingTask, Registration
from state.protocol.call import Answer, Call
from state.protocol.states import written_or_raise
from state.protocol.wire.agents import (
    dated,
    first_registration,
    refreshed_registration,
    registration_asked,
    registration_of,
)
from state.service import edge, tasking
from state.service.guard import ask_database

_ROUNDS = 5


async def _register(call: Call) -> Answer:
    """Creates or refreshes; whichever it is can change under it, so that it looks again."""
    asked = registration_asked(call)
    refusal: LightningError = NotFound()
    for _ in range(_ROUNDS):
        found = await edge.read(Kind.AGENT, asked["agentId"], fresh=True, min_version=0)
        try:
            known = None if found.body is None else registration_of(decode(found.body))
            told = dated(asked, known)
            if known is None:
                await _write(first_registration(call, told))
            elif known != told:
                await _write(refreshed_registration(call, told, known))
        except (VersionConflict, NotFound) as error:
            refusal = error
        else:
            return Answer(200, encode(told))
    raise refusal


async def _write(command: Command) -> None:
    written_or_raise(await edge.submit(Submission([command])))


async def _list(call: Call) -> Answer:
    states = await ask_database(tasking.all_agents)
    return Answer(200, encode([registration_of(decode(state)) for state in states]))


async def _one(call: Call) -> Answer:
    if not is_id(call.id):
        raise NotFound()
    found = await edge.read(Kind.AGENT, call.id, fresh=False, min_version=0)
    if found.body is None:
        raise NotFound()
    return Answer(200, encode(registration_of(decode(found.body))))


async def _pending(call: Call) -> Answer:
    if not is_id(call.id):
        raise NotFound()
    return Answer(200, encode(await ask_database(tasking.pending, call.id)))


OPERATIONS = [
    Operation(
        name="registerAgent",
        method="POST",
        path="/api/agents/register",
        run=_register,
        tag=TAG,
        summary="Register an agent",
        description="Creates its state (Initializing), or refreshes its type and capabilities.",
        role="agent",
        body=Body(Registration),
        results={200: Result("The registration.", Registration)},
        refusals=(404, 409, 423),
        statuses=CONFLICT,
    ),
    Operation(
        name="listRegistrations",
        method="GET",
        path="/api/agents",
        run=_list,
        tag=TAG,
        summary="Every agent's registration",
        description="413 past 10,000 agents: `/api/v1/agents` has pages.",
        results={200: Result("All of them.", list[Registration])},
        refusals=(413,),
    ),
    Operation(
        name="getRegistration",
        method="GET",
        path="/api/agents/{id}",
        run=_one,
        tag=TAG,
        summary="One agent's registration",
        results={200: Result("The registration.", Registration)},
        refusals=(404,),
    ),
    Operation(
        name="pendingTasks",
        method="GET",
        path="/api/agents/{id}/tasks/pending",
        run=_pending,
        tag=TAG,
        summary="An agent's open tasks",
        description="The highest priority first, then the oldest; the first 1,000.",
        results={200: Result("The tasks.", list[PendingTask])},
        refusals=(404,),
    ),
]
