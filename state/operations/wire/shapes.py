"""What the calls of the wire answer and take, for the documentation."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from state.domain.kinds import Id
from state.operations.shapes import Count, Time
from state.tasks.task import STATUSES

TAG = "Lightning wire"
CONFLICT = {"version_conflict": 409}
"""The client throws on it; it has no preconditions that could fail."""

TaskStatus = Literal[STATUSES]  # type: ignore[valid-type]
JsonText = Annotated[str, Meta(description="A JSON document, as a text.")]
Json = dict[str, Any]


class ServerInfo(Struct, rename="camel", kw_only=True):
    version: Annotated[str, Meta(description="The wire's.")]
    server_version: str
    apo_enabled: bool
    verl_enabled: bool
    rmpt_enabled: bool
    rlcs_enabled: bool
    registered_agents: Count
    active_connections: Count
    started_at: Time


class Registration(Struct, rename="camel", kw_only=True):
    agent_id: Id
    agent_type: Annotated[str, Meta(max_length=100)]
    client_id: str = ""
    capabilities: Json = {}
    registered_at: str | None = None
    is_active: bool = True


class SubmittedTask(Struct, rename="camel", kw_only=True):
    name: Annotated[str, Meta(max_length=200)]
    id: Id | None = None
    description: str | None = None
    input: Json | None = None
    status: str | int | None = None
    priority: int = 0
    submitted_at: str | None = None
    result_data: Any = None
    verification_required: bool = False


class Submission(Struct, rename="camel", kw_only=True):
    agent_id: Id
    task: SubmittedTask


class TaskResult(Struct, rename="camel", kw_only=True):
    task_id: Id
    status: TaskStatus
    result: JsonText | None
    completed_at: Time | None


class PendingTask(Struct, rename="camel", kw_only=True):
    id: Id
    agent_id: Id
    name: str
    description: str
    input: Json
    status: TaskStatus
    priority: int
    submitted_at: Time
    completed_at: Time | None
    result_data: JsonText | None
    verification_required: bool


class StatusTold(Struct, rename="camel", kw_only=True):
    status: str | int
    result: Any = None
    completed_at: str | None = None


class StatusSet(Struct, rename="camel", kw_only=True):
    success: bool
    task_id: Id
    status: TaskStatus


class ResourcesAdded(Struct, kw_only=True):
    resources: dict[str, Any]
    namespace_name: str | None = None
    timestamp: Any = None


class Resources(Struct, rename="camel", kw_only=True):
    resources_id: str
    resources: dict[str, JsonText]
    updated_at: Time | None
