"""What can be done to many states at once, and the write that it is for one of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from state.domain.acceptance import acceptance, rejection
from state.domain.commands import (
    Action,
    Command,
    Delete,
    Document,
    Patch,
    Precondition,
    Restore,
    Revise,
)
from state.domain.errors import IllegalTransition, Invalid
from state.domain.kinds import Kind

ACTIONS: Mapping[Kind, tuple[str, ...]] = {
    Kind.AGENT: ("pause", "resume", "fail", "set-status", "delete"),
    Kind.RESEARCH: ("fail", "set-status", "delete"),
    Kind.VERIFICATION: ("accept", "reject", "delete"),
}
UNDO = "undo"
"""The action of a job that takes another one back: nobody asks for it by name."""

_STATUS_OF = {"pause": "Paused", "fail": "Failed"}
_VERBS = {"set-status": "Set the status of", "delete": "Delete"}
NOUNS: Mapping[Kind, tuple[str, str]] = {
    Kind.AGENT: ("agent", "agents"),
    Kind.RESEARCH: ("research", "research"),
    Kind.VERIFICATION: ("verification", "verifications"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """One state of a job. Where the job takes another one back: the version which that one left,
    and whether the state was not there before it.
    """

    state_id: str
    version: int | None = None
    was_absent: bool = False


@dataclass(frozen=True, slots=True)
class Bulk:
    """One action on states of one kind; ``status`` is what ``set-status`` sets.

    ``actor`` and ``reason`` go into the log row of every change.
    """

    kind: Kind
    action: str
    status: str = ""
    actor: str = ""
    reason: str = ""

    def check(self) -> None:
        """Raises Invalid for an action that the kind does not have."""
        if self.action not in ACTIONS[self.kind]:
            names = ", ".join(ACTIONS[self.kind])
            raise Invalid.field("action", f"must be one of {names} for {self.kind.segment}")
        if self.action == "set-status":
            if self.status not in self.kind.statuses:
                raise Invalid.field("status", f"must be one of {', '.join(self.kind.statuses)}")
        elif self.status:
            raise Invalid.field("status", "goes with set-status only")

    def title(self, count: int) -> str:
        """What it does, as a sentence: ``Pause 3 agents``."""
        verb = _VERBS.get(self.action, self.action.capitalize())
        what = f"{verb} {count:,} {NOUNS[self.kind][count != 1]}"
        return f"{what} to {self.status}" if self.status else what

    def command(self, target: Target, verified_threshold: float) -> Command:
        """The write of one state.

        Which version it meets does not matter, but for an undo: what was changed since stays.
        """
        if target.version is not None:
            action: Action = Delete() if target.was_absent else Restore(target.version - 1)
            precondition = Precondition(unchanged_since=target.version)
        else:
            action = self._write(verified_threshold)
            precondition = Precondition(any_version=self.action == "delete")
        return Command(
            kind=self.kind,
            state_id=target.state_id,
            action=action,
            precondition=precondition,
            actor=self.actor,
            reason=self.reason,
        )

    def _write(self, verified_threshold: float) -> Action:
        match self.action:
            case "delete":
                return Delete()
            case "resume":
                return Revise(_resumed)
            case "accept":
                return Revise(
                    lambda old: acceptance(old["confidenceScore"], self.actor, verified_threshold)
                )
            case "reject":
                return Revise(lambda old: rejection(old["issues"], self.actor))
        return Patch({"status": self.status or _STATUS_OF[self.action]})


def _resumed(document: Document) -> Document:
    """Only what is paused: an agent at work would be taken off it."""
    if document["status"] != "Paused":
        raise IllegalTransition(
            f"Only a Paused agent is resumed; this one is {document['status']}."
        )
    return {"status": "Ready"}
