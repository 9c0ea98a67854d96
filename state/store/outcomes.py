"""Writes outcomes down for an idempotency key, and reads them back."""

from collections.abc import Sequence
from typing import Any

from state.domain import errors
from state.domain.commands import Command, Outcome, Written
from state.domain.jsontext import decode, encode

_NUMBERS = ("version", "created", "deleted", "fact_count", "added", "updated")


def _classes(base: type[errors.LightningError]) -> dict[str, type[errors.LightningError]]:
    found = {base.code: base}
    for subclass in base.__subclasses__():
        found |= _classes(subclass)
    return found


def dump_outcomes(commands: Sequence[Command], outcomes: Sequence[Outcome]) -> str:
    """The outcomes as JSON; a state's document is not in it: the history has it."""
    pairs = zip(commands, outcomes, strict=True)
    return encode(
        [{"id": command.state_id, **_dump(outcome)} for command, outcome in pairs]
    ).decode()


def _dump(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Written):
        return {name: getattr(outcome, name) for name in _NUMBERS}
    return {"code": outcome.code, "detail": outcome.detail, "data": outcome.data}


def load_outcomes(text: str, commands: Sequence[Command]) -> list[Outcome]:
    """The outcomes that ``dump_outcomes`` wrote, for the commands that the same request is now.

    What the caller may write can have changed in between: an item that was refused before it
    became a command, then, stays refused, for nothing was stored of it.
    """
    known = {item.pop("id"): item for item in decode(text)}
    return [_load(known.get(command.state_id), command) for command in commands]


def _load(item: dict[str, Any] | None, command: Command) -> Outcome:
    if item is None:
        return errors.Forbidden("The first request under this key was not allowed to write this.")
    if "code" not in item:
        return Written(command.kind, command.state_id, **item)
    if item["code"] == errors.VersionConflict.code:
        return errors.VersionConflict(item["data"]["currentVersion"], item["detail"])
    return _classes(errors.LightningError)[item["code"]](item["detail"], **item["data"])
