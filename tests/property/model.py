"""A model of the agents' API: what each call answers, from a dictionary and nothing else."""

from dataclasses import dataclass, field
from typing import Any

State = dict[str, Any]

LEGAL = {
    "Initializing": {"Ready", "Failed"},
    "Ready": {"Processing", "Paused", "Completed", "Failed"},
    "Processing": {"Ready", "Paused", "Completed", "Failed"},
    "Paused": {"Ready", "Processing", "Completed", "Failed"},
    "Completed": {"Ready", "Initializing"},
    "Failed": {"Initializing", "Ready"},
}
DEFAULTS: State = {"properties": {}, "activeTaskIds": [], "performanceMetrics": {}}
REQUIRED = ("agentType", "status")


@dataclass(frozen=True)
class Condition:
    """The precondition of a write: at most one member is set."""

    version: int | None = None
    any_version: bool = False
    create_only: bool = False

    @property
    def headers(self) -> dict[str, str]:
        if self.version is not None:
            return {"If-Match": f'"{self.version}"'}
        if self.any_version:
            return {"If-Match": "*"}
        return {"If-None-Match": "*"} if self.create_only else {}

    @property
    def names_version(self) -> bool:
        return self.version is not None or self.any_version


@dataclass(frozen=True)
class Answer:
    """What a call answers: a status, and the code of a refusal."""

    status: int
    code: str = ""


@dataclass
class Agent:
    """One id: every version it ever had, None for a delete; who holds its lock."""

    versions: list[State | None] = field(default_factory=list)
    lock: str | None = None

    @property
    def version(self) -> int:
        return len(self.versions)

    @property
    def live(self) -> State | None:
        return self.versions[-1] if self.versions else None

    def put(self, content: State, condition: Condition, token: str | None) -> Answer:
        if self.live is not None and not (condition.names_version or condition.create_only):
            return Answer(428, "precondition_required")
        refusal = self._refused(condition, token) or self._illegal(content["status"])
        if refusal:
            return refusal
        created = self.live is None
        self.versions.append({**DEFAULTS, **content})
        return Answer(201 if created else 200)

    def patch(self, patch: State, condition: Condition, token: str | None) -> Answer:
        if self.live is None and not condition.names_version:
            return Answer(404, "not_found")
        refusal = self._refused(condition, token)
        if refusal:
            return refusal
        assert self.live is not None
        refusal = self._illegal(patch.get("status", self.live["status"]))
        if refusal:
            return refusal
        self.versions.append(merged(self.live, patch))
        return Answer(200)

    def delete(self, condition: Condition, token: str | None) -> Answer:
        if not condition.names_version:
            gone = self.live is None
            return Answer(404, "not_found") if gone else Answer(428, "precondition_required")
        refusal = self._refused(condition, token)
        if refusal:
            return refusal
        self.versions.append(None)
        return Answer(204)

    def restore(self, version: int, condition: Condition, token: str | None) -> Answer:
        if not (condition.names_version or condition.create_only):
            return Answer(428, "precondition_required")
        if version > self.version or self.versions[version - 1] is None:
            return Answer(404, "not_found")
        refusal = self._refused(condition, token)
        if refusal:
            return refusal
        created = self.live is None
        self.versions.append(self.versions[version - 1])
        return Answer(201 if created else 200)

    def _refused(self, condition: Condition, token: str | None) -> Answer | None:
        """The lock, then the version."""
        if token is None and self.lock is not None:
            return Answer(423, "locked")
        if token is not None and token != self.lock:
            return Answer(409, "lock_lost")
        conflict = Answer(412, "version_conflict")
        if condition.create_only:
            return conflict if self.live is not None else None
        if condition.names_version and self.live is None:
            return conflict
        if condition.version is not None and condition.version != self.version:
            return conflict
        return None

    def _illegal(self, status: str) -> Answer | None:
        if self.live is None or status == self.live["status"]:
            return None
        if status in LEGAL[self.live["status"]]:
            return None
        return Answer(409, "illegal_transition")


def merged(state: State, patch: State) -> State:
    """RFC 7396; a null at the top resets an optional field."""
    result = dict(state)
    for name, value in patch.items():
        if value is None:
            result[name] = DEFAULTS[name]
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396, §2, as it stands there."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result
