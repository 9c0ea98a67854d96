"""The writes of the wire as commands: version N+1 replaces N, no version merges (contract §12)."""

from typing import Any

from state.domain.commands import Action, Command, Patch, Precondition, Put, Untracked
from state.domain.errors import Invalid
from state.domain.ids import checked_id
from state.domain.kinds import Kind
from state.domain.shapes import content_of, patch_of, told_of
from state.domain.tolerant import (
    VERSION_LIMIT,
    enum_member,
    known_members,
    members_of,
    state_of,
    text,
    whole,
)
from state.domain.untracked import precondition_of
from state.protocol.batches import ITEMS_MAX
from state.protocol.call import Call
from state.protocol.headers import read_reason


def set_state(call: Call, kind: Kind, given: dict[str, Any]) -> list[Command]:
    """``Set…State``; raises Invalid, or Forbidden for a bound key."""
    return [_set(call, kind, given, given.get("state"))]


def set_agent_states(call: Call, given: dict[str, Any]) -> list[Command]:
    """``SetMultipleAgentStates``: all of them or none."""
    states = members_of(given.get("states"), "input.states")
    if len(states) > ITEMS_MAX:
        raise Invalid.field("input.states", f"more than {ITEMS_MAX} states")
    return [_set(call, Kind.AGENT, given, state, one) for one, state in states.items()]


def update_agent_status(call: Call, given: dict[str, Any]) -> list[Command]:
    """``UpdateAgentStatus``: of an agent that is there. A version means what it does elsewhere."""
    state_id = checked_id(text(given, "agentId", "input."))
    status = enum_member(given.get("status"), Kind.AGENT.statuses, "input.status")
    patch = patch_of(Kind.AGENT, state_id, {"status": status})
    version = given.get("version")
    asked = precondition_of(
        None if version is None else whole(version, "input.version", 0, VERSION_LIMIT)
    )
    return [_command(call, Kind.AGENT, given, state_id, Patch(patch), asked or Precondition())]


def update_research_progress(call: Call, given: dict[str, Any]) -> list[Command]:
    """``UpdateResearchProgress``: of a research that is there; neither number goes down to 0."""
    state_id = checked_id(text(given, "researchId", "input."))
    progress = {
        "iterationCount": given.get("iterationCount"),
        "currentQualityScore": given.get("qualityScore"),
    }
    told = told_of(Kind.RESEARCH, state_id, progress)
    there = Precondition(any_version=True)
    return [_command(call, Kind.RESEARCH, given, state_id, Untracked(told), there)]


def _set(call: Call, kind: Kind, given: dict[str, Any], state: Any, state_id: str = "") -> Command:
    own_id, fields, version = state_of(kind, state, state_id)
    precondition = precondition_of(version)
    action: Action
    if precondition is None:
        action = Untracked(told_of(kind, own_id, fields))
    else:
        action = Put(content_of(kind, own_id, fields))
    return _command(call, kind, given, own_id, action, precondition or Precondition())


def _command(
    call: Call,
    kind: Kind,
    given: dict[str, Any],
    state_id: str,
    action: Action,
    precondition: Precondition,
) -> Command:
    call.principal.require_write(kind, state_id)
    token = known_members(given, ("lockToken",), "input").get("lockToken")
    if token is not None and not isinstance(token, str):
        raise Invalid.field("input.lockToken", "must be a text")
    return Command(
        kind=kind,
        state_id=state_id,
        action=action,
        precondition=precondition,
        lock_token=token or call.headers.get("lock-token"),
        actor=call.principal.name,
        reason=read_reason(call),
    )
