"""``/api/tasks``: submitted, and their status."""

from state.domain.errors import NotFound
from state.domain.jsontext import encode
from state.domain.kinds import Kind, is_id
from state.operations.operation import MIB, Body, Operation, Result
from state.operations.parsing import parsed
from state.operations.wire.named import task_to_run
from state.operations.wire.shapes import (
    CONFLICT,
    TAG,
    StatusSet,
    StatusTold,
    Submission,
    TaskResult,
)
from state.protocol.call import Answer, Call
from state.protocol.wire.tasks import status_told, submitted
from state.service import tasking
from state.service.guard import ask_database

_SUBMISSION_LIMIT_BYTES = 4 * MIB  # a state of 1 MiB with its facts, or a batch of small ones
_WRITER = "agent"


async def _submit(call: Call) -> Answer:
    task = await parsed(submitted, call)
    named = task_to_run(task)
    if named is None:
        call.principal.require(_WRITER)
        answer = await tasking.submit_queued(task)
    else:
        run, task = named
        answer = await run(call, task)
    return Answer(200, encode(answer.as_dict()))


async def _may_set_status(call: Call) -> None:
    """Raises Forbidden for a key that is bound to another agent than the task's."""
    if call.principal.agent_id and is_id(call.id):
        agent_id = await ask_database(tasking.agent_of, call.id)
        call.principal.require_write(Kind.AGENT, agent_id)


async def _set_status(call: Call) -> Answer:
    status, told = await parsed(status_told, call)
    if not is_id(call.id):
        raise NotFound()
    await ask_database(tasking.set_status, call.id, status, told)
    return Answer(200, encode({"success": True, "taskId": call.id, "status": status}))


OPERATIONS = [
    Operation(
        name="submitTask",
        method="POST",
        path="/api/tasks/submit",
        run=_submit,
        tag=TAG,
        summary="Have a task executed, or queue it",
        description="Tasks with the names of the contract are executed at once, and need the role "
        "agent when they write; others are queued for their agent. The same id again changes "
        "nothing and gets the first answer.",
        body=Body(Submission, _SUBMISSION_LIMIT_BYTES),
        results={200: Result("What became of it.", TaskResult)},
        refusals=(404, 409, 423),
        statuses=CONFLICT,
    ),
    Operation(
        name="setTaskStatus",
        method="PUT",
        path="/api/tasks/{id}/status",
        run=_set_status,
        tag=TAG,
        summary="Say how a task does",
        role=_WRITER,
        permit=_may_set_status,
        body=Body(StatusTold),
        results={200: Result("It is stored.", StatusSet)},
        refusals=(404,),
    ),
]
