"""What a task is: as it was submitted, and what its submission was answered."""

from dataclasses import dataclass, field
from typing import Any

STATUSES = (
    "Submitted",
    "Pending",
    "InProgress",
    "Completed",
    "Failed",
    "VerificationRequired",
    "VerificationPassed",
    "VerificationFailed",
)
"""In the order of the client's enumeration: an integer names one."""
ENDED = ("Completed", "Failed", "VerificationPassed", "VerificationFailed")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A task as it came; ``submitted_at`` is an RFC 3339 text."""

    id: str
    agent_id: str
    name: str
    input: dict[str, Any] = field(default_factory=dict)
    description: str = ""
    priority: int = 0
    submitted_at: str = ""
    result: str | None = None
    verification_required: bool = False


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """What a submission is answered; ``result`` is the text of a JSON document."""

    task_id: str
    status: str
    result: str | None = None
    completed_at: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """In the wire's members."""
        return {
            "taskId": self.task_id,
            "status": self.status,
            "result": self.result,
            "completedAt": self.completed_at,
        }
