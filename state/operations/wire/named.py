"""The tasks that are executed at once, by their names: reads are stored nowhere."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
from django.conf import settings

from state.domain.commands import Command, IdempotencyKey
from state.domain.errors import Invalid, NotFound, VersionConflict
from state.domain.ids import checked_id
from state.domain.jsontext import encode
from state.domain.kinds import Kind, is_id
from state.domain.tolerant import known_members, text
from state.locks.wish import Wish
from state.operations.verification import judge_beside
from state.protocol.batches import ITEMS_MAX
from state.protocol.caches import name_in
from state.protocol.call import Call
from state.protocol.wire.commands import (
    set_agent_states,
    set_state,
    update_agent_status,
    update_research_progress,
)
from state.protocol.wire.tasks import format_now
from state.service import deployment, edge, locking, reading, tasking
from state.service.guard import ask_database
from state.tasks.task import Submitted, TaskAnswer
from state.verl.calls.check_consistency import CheckConsistencyRequest, check_consistency
from state.verl.calls.verify import VerifyRequest, verify

Run = Callable[[Call, Submitted], Awaitable[TaskAnswer]]
_INPUT = (
    *(kind.id_field for kind in Kind),
    *("state", "states", "agentIds", "sourceId", "statements"),
    *("status", "version", "iterationCount", "qualityScore"),
    *("ttlSeconds", "lockId", "token", "lockToken", "key", "category"),
)
_TTL_DEFAULT, _TTL_MIN, _TTL_MAX = 30, 1, 3600


def _done(task: Submitted, result: str | None) -> TaskAnswer:
    return TaskAnswer(task.id, "Completed", result, format_now())


# --- Reads ------------------------------------------------------------------------------------


async def _get(kind: Kind, call: Call, task: Submitted) -> TaskAnswer:
    state_id = text(task.input, kind.id_field, "input.")
    if not is_id(state_id):
        return _done(task, None)
    found = edge.peek(kind, state_id, 0) or await edge.read_missing(kind, state_id, 0)
    return _done(task, None if found.body is None else found.body.decode())


async def _get_many(call: Call, task: Submitted) -> TaskAnswer:
    ids = task.input.get("agentIds", [])
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise Invalid.field("input.agentIds", "must be a list of ids")
    if len(ids) > ITEMS_MAX:
        raise Invalid.field("input.agentIds", f"more than {ITEMS_MAX} ids")
    known = [one for one in ids if is_id(one)]
    found, _ = await ask_database(reading.read_states, Kind.AGENT, known)
    return _done(task, tasking.object_of(found))


async def _verifications(call: Call, task: Submitted) -> TaskAnswer:
    source_id = text(task.input, "sourceId", "input.")
    found = await ask_database(reading.verifications_for_source, source_id)
    return _done(task, f"[{','.join(one.decode() for one in found)}]")


async def _validate(call: Call, task: Submitted) -> TaskAnswer:
    state = task.input.get("state")
    names = {name.lower() for name in state} if isinstance(state, dict) else set()
    kind = next((kind for kind in Kind if kind.id_field.lower() in names), None)
    if kind is None:
        raise Invalid.field("input.state", "has no agentId, researchId or verificationId")
    fields = known_members(state, (*kind.spec.fields, kind.id_field), "input.state")
    document = encode(fields).decode()
    request = VerifyRequest(task_id=task.id, result=document)
    thresholds = settings.LIGHTNING_CONFIDENCE_THRESHOLD, settings.LIGHTNING_VERIFIED_THRESHOLD
    judged = await judge_beside("verify", lambda asks: verify(asks, *thresholds), request)
    return _done(task, judged.decode())


async def _consistency(call: Call, task: Submitted) -> TaskAnswer:
    try:
        request = msgspec.convert(task.input, CheckConsistencyRequest)
    except msgspec.ValidationError as problem:
        raise Invalid.field("input.statements", str(problem)) from problem
    judged = await judge_beside("check-consistency", check_consistency, request)
    return _done(task, judged.decode())


# --- Writes -----------------------------------------------------------------------------------


async def _write(
    kind: Kind,
    read: Callable[[Call, dict[str, Any]], list[Command]],
    many: bool,
    call: Call,
    task: Submitted,
) -> TaskAnswer:
    call.principal.require("agent")
    return await tasking.submit_write(task, kind, read(call, task.input), many=many)


def _set_of(kind: Kind) -> Run:
    return partial(_write, kind, lambda call, given: set_state(call, kind, given), False)


async def _progress(call: Call, task: Submitted) -> TaskAnswer:
    try:
        return await _write(Kind.RESEARCH, update_research_progress, False, call, task)
    except VersionConflict as absent:  # its only precondition is that the research is there
        raise NotFound("There is no such research.") from absent


# --- Locks and caches -------------------------------------------------------------------------


async def _acquire(call: Call, task: Submitted) -> TaskAnswer:
    agent_id = checked_id(text(task.input, "agentId", "input."))
    call.principal.require_write(Kind.AGENT, agent_id)
    ttl = task.input.get("ttlSeconds", _TTL_DEFAULT)
    if isinstance(ttl, bool) or not isinstance(ttl, int | float) or not _TTL_MIN <= ttl <= _TTL_MAX:
        raise Invalid.field("input.ttlSeconds", f"must be from {_TTL_MIN} to {_TTL_MAX}")
    wish = Wish(Kind.AGENT, agent_id, task.agent_id, ttl)
    granted = await locking.acquire_lock(wish, 0, _key(call, task))
    result = encode(granted.as_dict()).decode()
    return TaskAnswer(task.id, "Completed", result, granted.members["acquiredAt"])


async def _release(call: Call, task: Submitted) -> TaskAnswer:
    call.principal.require("agent")
    lock_id = text(task.input, "lockId", "input.")
    token = text(task.input, "token", "input.")
    lease = await ask_database(locking.find_lock, lock_id)
    if lease is not None:
        call.principal.require_write(Kind(lease.kind), lease.state_id)
    released = await locking.release_lock(lock_id, token, _key(call, task))
    result = encode({"lockId": lock_id, "released": True}).decode()
    return TaskAnswer(task.id, "Completed", result, released.at)


def _key(call: Call, task: Submitted) -> IdempotencyKey:
    """A task's id as its Idempotency-Key: a token is shown once, so that no task's row has it."""
    digest = hashlib.sha256(f"{task.name}\0{task.id}".encode()).hexdigest()
    return IdempotencyKey(call.principal.scope, f"task:{digest}", digest)


async def _invalidate(member: str, call: Call, task: Submitted) -> TaskAnswer:
    call.principal.require("agent")
    asked = text(task.input, member, "input.")
    if member == "category":  # the client names its prefixes, with the colon
        asked = asked.removesuffix(":")
    name = name_in({member: asked})
    known = await ask_database(tasking.known_answer, task.id)
    if known is not None:
        return known
    removed = await ask_database(deployment.invalidate_cache, name)
    return await tasking.submit_told(task, {"removed": removed})


NAMED: dict[str, Run] = {
    "GetAgentState": partial(_get, Kind.AGENT),
    "GetResearchState": partial(_get, Kind.RESEARCH),
    "GetVerificationState": partial(_get, Kind.VERIFICATION),
    "SetAgentState": _set_of(Kind.AGENT),
    "SetResearchState": _set_of(Kind.RESEARCH),
    "SetVerificationState": _set_of(Kind.VERIFICATION),
    "GetVerificationsForSource": _verifications,
    "GetMultipleAgentStates": _get_many,
    "SetMultipleAgentStates": partial(_write, Kind.AGENT, set_agent_states, True),
    "UpdateAgentStatus": partial(_write, Kind.AGENT, update_agent_status, False),
    "UpdateResearchProgress": _progress,
    "AcquireLock": _acquire,
    "ReleaseLock": _release,
    "InvalidateCache": partial(_invalidate, "key"),
    "InvalidateCategoryCache": partial(_invalidate, "category"),
    "ValidateState": _validate,
    "CheckConsistency": _consistency,
}


def task_to_run(task: Submitted) -> tuple[Run, Submitted] | None:
    """How a task is executed at once, its input's members known in any case; None: it is queued."""
    run = NAMED.get(task.name)
    if run is None:
        return None
    known = known_members(task.input, _INPUT, "task.input")
    return run, replace(task, input={**task.input, **known})
