"""Queued tasks of agents (contract §12)."""

import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from lightning_client.core.call import Answer, Call, ask, read, reader_of
from lightning_client.core.jsontext import encode


class TaskInfo(Struct, rename="camel"):
    """A task as the server keeps it."""

    id: str
    name: str = ""
    description: str | None = None
    input: dict[str, Any] | None = None
    status: str = "Submitted"
    priority: int = 0
    submitted_at: str | None = None
    verification_required: bool = False


class TaskOutcome(Struct, frozen=True, rename="camel"):
    """What submitting a task answered; `result` is decoded JSON, None while it is queued."""

    task_id: str
    status: str
    result: Any = None
    completed_at: str | None = None


_parse_tasks = reader_of(list[TaskInfo])
_parse_outcome = reader_of(TaskOutcome)
_parse_any = reader_of(dict[str, Any])


def register(agent_id: str, agent_type: str, capabilities: dict[str, Any]) -> Call[dict[str, Any]]:
    """Tell the server that the agent takes tasks; sending it twice refreshes it."""
    now = datetime.now(UTC)
    body = {
        "agentId": agent_id,
        "agentType": agent_type,
        "clientId": agent_id,
        "capabilities": capabilities,
        "registeredAt": now,
        "isActive": True,
    }
    return ask("/api/agents/register", body, _parse_any)


def pending(agent_id: str) -> Call[list[TaskInfo]]:
    """Open tasks, the highest priority first, then the oldest."""
    return read(f"/api/agents/{quote(agent_id, safe='')}/tasks/pending", _parse_tasks)


def set_status(task_id: str, status: str, result: Any = None) -> Call[dict[str, Any]]:
    """Absolute values, so that sending it twice does no harm."""
    body: dict[str, Any] = {"status": status}
    if result is not None:
        body["result"] = encode(result).decode()
    if status in {"Completed", "Failed"}:
        body["completedAt"] = datetime.now(UTC)
    call = ask(f"/api/tasks/{quote(task_id, safe='')}/status", body, _parse_any)
    return Call("PUT", call.path, call.parse, call.headers, call.body)


def submit(
    agent_id: str,
    name: str,
    task_input: dict[str, Any],
    *,
    description: str = "",
    priority: int = 0,
    verification_required: bool = False,
    task_id: str | None = None,
) -> Call[TaskOutcome]:
    """Queue a task, or have one of the server's own executed; the same id is the same task."""
    task = {
        "id": task_id or secrets.token_hex(16),
        "name": name,
        "description": description,
        "input": task_input,
        "status": "Submitted",
        "priority": priority,
        "submittedAt": datetime.now(UTC),
        "verificationRequired": verification_required,
    }

    def parse(answer: Answer) -> TaskOutcome:
        outcome = _parse_outcome(answer)
        if isinstance(outcome.result, str):
            return msgspec.structs.replace(outcome, result=msgspec.json.decode(outcome.result))
        return outcome

    return ask("/api/tasks/submit", {"agentId": agent_id, "task": task}, parse)
