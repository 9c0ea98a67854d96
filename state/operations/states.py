"""``/api/v1/{kinds}/{id}``: one state (contract §2)."""

from functools import partial
from typing import Any, Literal

from state.domain.commands import Submission
from state.domain.errors import NotFound
from state.domain.kinds import Kind, is_id
from state.operations.kind_shapes import SHAPES_OF
from state.operations.operation import Body, Operation, Parameter, Result
from state.operations.parameters import (
    CREATE_ONLY,
    FORCE,
    IF_MATCH,
    NO_CACHE,
    WRITE_HEADERS,
)
from state.operations.parsing import parsed
from state.operations.shapes import Version
from state.protocol import states
from state.protocol.call import Answer, Call
from state.protocol.headers import JSON, MERGE_PATCH, read_min_version, wants_fresh
from state.runtime.threads import in_thread
from state.service import edge, reading, writing
from state.service.guard import ask_database

TAG = "States"
NO_BODY = Result("Done; `Prefer: return=minimal`, or the state could not be read afterwards.")


def _get_known(kind: Kind, call: Call) -> Answer | None:
    """What level 1 has, when that is what is asked for."""
    if call.query or not is_id(call.id) or wants_fresh(call):
        return None
    minimum = read_min_version(call)
    known = edge.peek(kind, call.id, minimum)
    return None if known is None else states.render_reading(call, known, minimum)


async def _get(kind: Kind, call: Call) -> Answer:
    if not is_id(call.id):
        raise NotFound()
    if call.query:
        return await _get_otherwise(kind, call)
    minimum = read_min_version(call)
    if wants_fresh(call):
        found = await edge.read(kind, call.id, fresh=True, min_version=minimum)
    else:
        found = await edge.read_missing(kind, call.id, minimum)
    return states.render_reading(call, found, minimum)


async def _get_otherwise(kind: Kind, call: Call) -> Answer:
    """A past version, an agent with its last heartbeat, or a research without its facts."""
    with_last_seen = states.wants_last_seen(call, kind)
    with_facts = states.wants_facts(call, kind)
    if "version" in call.query:
        version = states.read_version_number(call.query["version"])
        past = await ask_database(
            reading.read_version, kind, call.id, version, with_facts=with_facts
        )
        return states.render_reading(call, past, 0)
    fresh, minimum = wants_fresh(call), read_min_version(call)
    if not with_facts:
        found = await ask_database(
            reading.read_without_facts, kind, call.id, fresh=fresh, min_version=minimum
        )
        return states.render_reading(call, found, minimum)
    found = await edge.read(kind, call.id, fresh=fresh, min_version=minimum)
    if with_last_seen:
        found = await ask_database(reading.add_last_seen, call.id, found)
    return states.render_reading(call, found, minimum, with_last_seen=with_last_seen)


async def may_write(kind: Kind, call: Call) -> None:
    """Raises Forbidden for who may not write the state in the path."""
    states.check_write(call, kind, call.id)


async def _put(kind: Kind, call: Call) -> Answer:
    submission = await parsed(states.put_submission, call, kind)
    return await answer_write(call, submission)


async def _patch(kind: Kind, call: Call) -> Answer:
    submission = await parsed(states.patch_submission, call, kind)
    return await answer_write(call, submission)


async def _delete(kind: Kind, call: Call) -> Answer:
    return await answer_write(call, states.delete_submission(call, kind))


async def answer_write(call: Call, submission: Submission) -> Answer:
    """Submits a write of one state and answers it."""
    receipt = await edge.submit(submission)
    written = states.written_or_raise(receipt)
    body = None
    if states.needs_body(call, written):
        body = writing.known_body(written)
        if body is None:
            body = await in_thread(writing.written_body, written)
    return states.render_written(call, receipt, body)


def written_results(kind: Kind, *created: int) -> dict[int, Result]:
    """The answers to a write that may ask for no body."""
    shape = SHAPES_OF[kind].state
    return {
        200: Result("Written: the new state; its version is the `ETag`.", shape),
        **{status: Result("Created; `Location` says where.", shape) for status in created},
        204: NO_BODY,
    }


def operations_of(kind: Kind) -> list[Operation]:
    """The calls on one state of a kind."""
    shapes = SHAPES_OF[kind]
    path = f"/api/v1/{kind.segment}/{{id}}"
    may = partial(may_write, kind)
    return [
        Operation(
            name="get",
            method="GET",
            path=path,
            kind=kind,
            run=partial(_get, kind),
            at_once=partial(_get_known, kind),
            tag=TAG,
            summary="Read one state",
            results={
                200: Result("The state; its version is the `ETag`.", shapes.state),
                304: Result("The version is still that of `If-None-Match`."),
            },
            refusals=(404, 412),
            query=(
                Parameter("version", "The state as it was at this version.", Version),
                *include(kind),
                *_facts(kind),
            ),
            headers=(
                Parameter("If-None-Match", "304 when the version is still this ETag."),
                NO_CACHE,
                Parameter("Lightning-Min-Version", "Never an older version.", Version),
            ),
        ),
        Operation(
            name="put",
            method="PUT",
            path=path,
            kind=kind,
            run=partial(_put, kind),
            tag=TAG,
            summary="Create or replace one state",
            description="With `If-Match` it replaces, with `If-None-Match: *` it only creates; "
            "without either it creates, and is refused with 428 when the state is there.",
            role="agent",
            permit=may,
            body=Body(shapes.written),
            results=written_results(kind, 201),
            refusals=(409, 412, 423, 428),
            query=(FORCE,),
            headers=(IF_MATCH, CREATE_ONLY, *WRITE_HEADERS),
        ),
        Operation(
            name="patch",
            method="PATCH",
            path=path,
            kind=kind,
            run=partial(_patch, kind),
            tag=TAG,
            summary="Merge into one state (RFC 7396)",
            description="Concurrent patches of different fields all survive; `If-Match` is "
            "optional. null removes a key, and resets an optional field.",
            role="agent",
            permit=may,
            body=Body(shapes.patch, media_types=(JSON, MERGE_PATCH)),
            results=written_results(kind),
            refusals=(404, 409, 412, 423),
            query=(FORCE,),
            headers=(IF_MATCH, *WRITE_HEADERS),
        ),
        Operation(
            name="delete",
            method="DELETE",
            path=path,
            kind=kind,
            run=partial(_delete, kind),
            tag=TAG,
            summary="Delete one state",
            role="agent",
            permit=may,
            results={204: Result("Deleted.")},
            refusals=(404, 409, 412, 422, 423, 428),
            query=(FORCE,),
            headers=(IF_MATCH, *WRITE_HEADERS),
        ),
    ]


def _facts(kind: Kind) -> tuple[Parameter, ...]:
    """``facts=none``, for the kinds that have some."""
    shape: Any = Literal["none"]
    words = "`none`: without `extractedFacts`, which are not read then; `factCount` stays."
    return (Parameter("facts", words, shape),) if kind.has_facts else ()


def include(kind: Kind) -> tuple[Parameter, ...]:
    """``include=lastSeen``, which only agents have."""
    if kind is not Kind.AGENT:
        return ()
    shape: Any = Literal["lastSeen"]
    return (Parameter("include", "`lastSeen`: with the last heartbeat; never 304 then.", shape),)
