"""Tasks over the wire: what is submitted, what a status says, how the answers look."""

import secrets
from datetime import UTC, datetime
from typing import Any

from state.domain import jsontext
from state.domain.errors import Invalid
from state.domain.ids import checked_id
from state.domain.times import format_time
from state.domain.tolerant import (
    date,
    enum_member,
    known_members,
    members_of,
    text,
    whole,
)
from state.protocol.call import Call
from state.tasks.task import ENDED, STATUSES, Submitted

_NAME_LIMIT = 200
_TASK = (
    "id",
    "name",
    "description",
    "input",
    "priority",
    "submittedAt",
    "resultData",
    "verificationRequired",
)


def submitted(call: Call) -> Submitted:
    """What ``POST /api/tasks/submit`` asks for; raises Malformed or Invalid.

    A task without an id gets one: sent again it is another task.
    """
    body = known_members(jsontext.parse(call.body), ("agentId", "task"), "")
    given = known_members(body.get("task"), _TASK, "task")
    name = text(given, "name", "task.")
    if len(name) > _NAME_LIMIT:
        raise Invalid.field("task.name", f"longer than {_NAME_LIMIT} characters")
    required = given.get("verificationRequired", False)
    if not isinstance(required, bool):
        raise Invalid.field("task.verificationRequired", "must be true or false")
    return Submitted(
        id=checked_id(given["id"])
        if _is_text(given.get("id"), "task.id")
        else secrets.token_hex(16),
        agent_id=checked_id(text(body, "agentId", "")),
        name=name,
        input=members_of(given.get("input"), "task.input"),
        description=given["description"]
        if _is_text(given.get("description"), "task.description")
        else "",
        priority=whole(given.get("priority", 0), "task.priority", -(2**31), 2**31 - 1),
        submitted_at=moment(given.get("submittedAt"), "task.submittedAt") or format_now(),
        result=result_text(given.get("resultData")),
        verification_required=required,
    )


def status_told(call: Call) -> tuple[str, dict[str, Any]]:
    """A task's status, and what else ``PUT …/status`` says of it; raises Malformed or Invalid."""
    given = known_members(jsontext.parse(call.body), ("status", "result", "completedAt"), "")
    status = enum_member(given.get("status"), STATUSES, "status")
    told: dict[str, Any] = {}
    if "result" in given:
        told["result"] = result_text(given["result"])
    now = format_now() if status in ENDED else None
    told["completed_at"] = moment(given.get("completedAt"), "completedAt") or now
    return status, told


def result_text(value: Any) -> str | None:
    """A result as the text of a JSON document: a client sends that text, or the value itself."""
    return value if value is None or isinstance(value, str) else jsontext.encode(value).decode()


def moment(value: Any, path: str) -> str | None:
    """A date with .NET's seven digits, so that texts sort as times do; None for none and the zero
    date.
    """
    known = None if value is None else date(value, path)
    return known and _in_ticks(known.upper())


def format_now() -> str:
    """This moment, likewise."""
    return f"{format_time(datetime.now(UTC))[:-1]}0Z"


def _in_ticks(text: str) -> str:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return f"{whole}.{fraction[:7]:0<7}Z"


def _is_text(value: Any, path: str) -> bool:
    """Whether there is one; raises Invalid for what is no text."""
    if value is not None and not isinstance(value, str):
        raise Invalid.field(path, "must be a text")
    return bool(value)
