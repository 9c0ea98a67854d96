"""Registrations over the wire: an agent's registration is its state, in other words."""

from typing import Any

from state.domain import jsontext
from state.domain.commands import Command, Patch, Precondition, Put
from state.domain.errors import Invalid
from state.domain.ids import checked_id
from state.domain.kinds import Kind
from state.domain.shapes import content_of, patch_of
from state.domain.tolerant import date, known_members, members_of, text
from state.protocol.call import Call
from state.protocol.wire.tasks import format_now

_MEMBERS = ("agentId", "agentType", "clientId", "capabilities", "registeredAt", "isActive")


def registration_asked(call: Call) -> dict[str, Any]:
    """What ``POST /api/agents/register`` says; raises Malformed, Invalid or Forbidden.

    Its time is None when nothing is said of it.
    """
    given = known_members(jsontext.parse(call.body), _MEMBERS, "")
    agent_id = checked_id(text(given, "agentId", ""))
    call.principal.require_write(Kind.AGENT, agent_id)
    is_active = given.get("isActive", True)
    client_id = given.get("clientId", "")
    if not isinstance(is_active, bool):
        raise Invalid.field("isActive", "must be true or false")
    if not isinstance(client_id, str):
        raise Invalid.field("clientId", "must be a text")
    return {
        "agentId": agent_id,
        "agentType": text(given, "agentType", ""),
        "clientId": client_id,
        "capabilities": members_of(given.get("capabilities"), "capabilities"),
        "registeredAt": _registered_at(given),
        "isActive": is_active,
    }


def dated(asked: dict[str, Any], known: dict[str, Any] | None) -> dict[str, Any]:
    """With a time: the one that was sent, else that of the known registration, else now."""
    sent = asked["registeredAt"]
    return {**asked, "registeredAt": sent or (known["registeredAt"] if known else format_now())}


def first_registration(call: Call, asked: dict[str, Any]) -> Command:
    """Creates the agent's state."""
    state = {
        "agentType": asked["agentType"],
        "status": "Initializing",
        "properties": _properties(asked),
    }
    content = content_of(Kind.AGENT, asked["agentId"], state)
    return _command(call, asked, Put(content), Precondition(create_only=True))


def refreshed_registration(call: Call, asked: dict[str, Any], known: dict[str, Any]) -> Command:
    """Brings the state of a known agent up to date; ``known`` is its registration until now."""
    properties = _properties(asked)
    gone = known["capabilities"].keys() - asked["capabilities"].keys()
    properties["capabilities"] = {**dict.fromkeys(gone), **asked["capabilities"]}
    patch = {"agentType": asked["agentType"], "properties": properties}
    checked = patch_of(Kind.AGENT, asked["agentId"], patch)
    return _command(call, asked, Patch(checked), Precondition())


def registration_of(state: dict[str, Any]) -> dict[str, Any]:
    """An agent's state as a registration; whoever never registered did so when it was created."""
    properties = state["properties"]
    capabilities = properties.get("capabilities")
    return {
        "agentId": state["agentId"],
        "agentType": state["agentType"],
        "clientId": str(properties.get("clientId", "")),
        "capabilities": capabilities if isinstance(capabilities, dict) else {},
        "registeredAt": str(properties.get("registeredAt") or state["createdAt"]),
        "isActive": properties.get("isActive", True) is True,
    }


def _registered_at(given: dict[str, Any]) -> str | None:
    sent = given.get("registeredAt")
    return None if sent is None else date(sent, "registeredAt")


def _properties(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in ("clientId", "capabilities", "registeredAt", "isActive")}


def _command(
    call: Call, asked: dict[str, Any], action: Put | Patch, precondition: Precondition
) -> Command:
    return Command(
        kind=Kind.AGENT,
        state_id=asked["agentId"],
        action=action,
        precondition=precondition,
        lock_token=call.headers.get("lock-token"),
        actor=call.principal.name,
        reason="registered",
    )
