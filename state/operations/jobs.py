"""``/api/v1/jobs``: one action on many states, that goes on without its caller (contract §13)."""

from typing import Literal

from msgspec import Struct

from state.domain.jsontext import encode
from state.domain.kinds import Id
from state.operations.operation import Body, Operation, Parameter, Result
from state.operations.parameters import IDEMPOTENCY_KEY, PAGE, REASON, limit
from state.operations.parsing import parsed
from state.operations.shapes import Count, Json, KindName, PageToken, Time, Version
from state.protocol import jobs as protocol
from state.protocol.call import Answer, Call
from state.protocol.headers import read_idempotency_key, read_reason
from state.protocol.jobs import RESULTS, JobOrder
from state.service import jobs
from state.service.guard import ask_database

TAG = "Jobs"
_ORDER_BYTES = 1024 * 1024


class Job(Struct, rename="camel", kw_only=True):
    """``done`` and ``refused`` grow up to ``total`` while it runs."""

    id: str
    name: str
    kind: KindName
    action: Literal["pause", "resume", "fail", "set-status", "delete", "accept", "reject", "undo"]
    status: str | None
    filter: str | None
    reason: str
    actor: str
    state: Literal["running", "cancelling", "done", "cancelled", "stopped"]
    problem: str | None
    total: Count
    done: Count
    refused: Count
    created_at: Time
    ended_at: Time | None
    undo_of: str | None
    undone_by: str | None


class Trial(Struct, rename="camel", kw_only=True):
    """How many states it would be for."""

    dry_run: Literal[True]
    count: Count


class JobPage(Struct, kw_only=True):
    items: list[Job]
    next: PageToken


class JobResult(Struct, kw_only=True):
    """The version that was written, or the refusal."""

    id: Id
    result: Literal[RESULTS]  # type: ignore[valid-type]
    version: Version | None
    error: Json | None


class JobResults(Struct, kw_only=True):
    items: list[JobResult]
    next: PageToken


async def _begin(call: Call) -> Answer:
    order, is_trial = await parsed(protocol.read_order, call)
    if is_trial:
        count = await ask_database(jobs.try_out, order)
        return Answer(200, encode({"dryRun": True, "count": count}))
    job, is_replay = await ask_database(jobs.begin, order, read_idempotency_key(call))
    return _created(job, is_replay=is_replay)


def _created(job: jobs.Shown, *, is_replay: bool) -> Answer:
    headers = {"Location": f"/api/v1/jobs/{job['id']}"}
    if is_replay:
        headers["Idempotency-Replayed"] = "true"
    return Answer(201, encode(job), headers)


async def _list(call: Call) -> Answer:
    query = protocol.read_query(call.query)
    return protocol.render_page(await ask_database(jobs.list_jobs, query), query)


async def _get(call: Call) -> Answer:
    return Answer(200, encode(await ask_database(jobs.show, call.id)))


async def _results(call: Call) -> Answer:
    after, most, only = protocol.read_results_query(call.id, call.query)
    found = await ask_database(jobs.list_results, call.id, after, most, only)
    following = protocol.next_results(call.id, found, most, only)
    return Answer(200, encode({"items": [one for _, one in found[:most]], "next": following}))


async def _undo(call: Call) -> Answer:
    reason = read_reason(call)
    job, is_replay = await ask_database(jobs.undo, call.id, call.principal.name, reason)
    return _created(job, is_replay=is_replay)


async def _cancel(call: Call) -> Answer:
    return Answer(200, encode(await ask_database(jobs.cancel, call.id)))


OPERATIONS = [
    Operation(
        name="beginJob",
        method="POST",
        path="/api/v1/jobs",
        run=_begin,
        tag=TAG,
        summary="Do something to many states, or count them first",
        description="For the states with these `ids`, or all that match `filter` when the job "
        "begins (up to 100,000). Each is written as a call on it would, by the same rules, under "
        "your name and reason; what is refused (locked, an illegal transition, gone) is told in "
        "the job's results, and the others go on. The job goes on when you are gone, also when "
        "the server dies in the middle, and writes nothing twice. With `dryRun` nothing is done.",
        role="operator",
        permit=protocol.may_order,
        body=Body(JobOrder, limit_bytes=_ORDER_BYTES),
        results={200: Result("A trial.", Trial), 201: Result("The job.", Job)},
        headers=(IDEMPOTENCY_KEY, REASON),
    ),
    Operation(
        name="listJobs",
        method="GET",
        path="/api/v1/jobs",
        run=_list,
        tag=TAG,
        summary="Jobs, newest first",
        description="Kept as long as the history.",
        results={200: Result("A page.", JobPage)},
        query=(
            Parameter("state", "`all` when absent.", Literal["open", "ended", "all"]),
            limit(),
            PAGE,
        ),
    ),
    Operation(
        name="getJob",
        method="GET",
        path="/api/v1/jobs/{id}",
        run=_get,
        tag=TAG,
        summary="One job and how far it has come",
        results={200: Result("The job.", Job)},
        refusals=(404,),
    ),
    Operation(
        name="listJobResults",
        method="GET",
        path="/api/v1/jobs/{id}/results",
        run=_results,
        tag=TAG,
        summary="What became of each state of a job",
        results={200: Result("A page, in the order they were taken.", JobResults)},
        refusals=(404,),
        query=(
            Parameter(
                "result",
                "Only these.",
                Literal[RESULTS],
                may_be_empty=True,
            ),
            limit(),
            PAGE,
        ),
    ),
    Operation(
        name="undoJob",
        method="POST",
        path="/api/v1/jobs/{id}/undo",
        run=_undo,
        tag=TAG,
        summary="Take back what a job did",
        description="As another job: each state that is still at the version which the job left "
        "gets its content from before; what was changed since is told as `version_conflict` and "
        "stays. While it runs, the same call answers with the same job.",
        role="operator",
        permit=protocol.may_order,
        results={201: Result("The job that takes it back.", Job)},
        refusals=(404, 422),
        headers=(REASON,),
    ),
    Operation(
        name="cancelJob",
        method="POST",
        path="/api/v1/jobs/{id}/cancel",
        run=_cancel,
        tag=TAG,
        summary="End a job after the step under way",
        description="What it did stays, and can be taken back.",
        role="operator",
        permit=protocol.may_order,
        results={200: Result("The job.", Job)},
        refusals=(404,),
    ),
]
