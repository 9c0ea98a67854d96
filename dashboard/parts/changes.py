"""Turns a change of the log into the line that activity feeds and histories show."""

from typing import Any

import msgspec
from msgspec import Struct

from dashboard.parts.cells import Cell, brief, shorten, time_cell
from dashboard.parts.numbers import plural
from dashboard.parts.rows.row import state_url
from state.domain.kinds import Kind

FIELDS_NAMED = 3
_SAID_BY_TIME = frozenset({"startedAt", "completedAt", "verifiedAt"})
"""Members that only repeat when the change was made."""

_LABELS = {
    "status": "",
    "iterationCount": "iteration ",
    "currentQualityScore": "quality ",
    "confidenceScore": "confidence ",
}


class Change(Struct, omit_defaults=True, kw_only=True):
    """One change as a line; ``cells`` by the name of the slot they fill."""

    cursor: str
    kind: Kind
    version: int
    cells: dict[str, Cell]


BLANK = Change(
    cursor="",
    kind=Kind.AGENT,
    version=0,
    cells={
        "at": Cell(at="-"),
        "id": Cell(href="#"),
        "changeType": Cell(tone="changed"),
        "what": Cell(),
        "actor": Cell(),
    },
)
"""The empty line that the page's script clones for what arrives."""


class _Event(Struct, rename="camel", kw_only=True):
    cursor: str
    kind: Kind
    id: str
    version: int
    change_type: str
    at: str
    actor: str | None = None
    reason: str | None = None
    old_values: dict[str, msgspec.Raw] | None = None
    new_values: dict[str, msgspec.Raw] | None = None


_decoder = msgspec.json.Decoder(_Event)
_facts_decoder = msgspec.json.Decoder(list[msgspec.Raw] | None)


def present_event(document: bytes) -> Change:
    """The line of one event, from its JSON as the log hands it out (contract §5)."""
    event = _decoder.decode(document)
    old, new = _values(event.old_values), _values(event.new_values)
    cells = {
        "at": time_cell(event.at),
        "kind": Cell(text=event.kind.value),
        "id": Cell(text=event.id, href=state_url(event.kind, event.id)),
        "version": Cell(text=str(event.version)),
        "changeType": Cell(text=event.change_type, tone=_tone(event.change_type, new)),
        "what": Cell(text=shorten(describe(event.change_type, old, new), 160)),
        "actor": Cell(text=event.actor or "–"),
        "reason": Cell(text=event.reason or ""),
    }
    return Change(cursor=event.cursor, kind=event.kind, version=event.version, cells=cells)


def _values(raw: dict[str, msgspec.Raw] | None) -> dict[str, Any]:
    """The values of an event; of thousands of facts only how many there are."""
    return {
        name: _facts_decoder.decode(value)
        if name == "extractedFacts"
        else msgspec.json.decode(value)
        for name, value in (raw or {}).items()
    }


def describe(change_type: str, old: dict[str, Any], new: dict[str, Any]) -> str:
    """What changed, in a few words: ``Ready → Processing · iteration 2 → 3``."""
    if change_type == "Deleted":
        return "deleted"
    if change_type == "Created":
        return " · ".join(["created", *_first_values(new)])
    if change_type == "Restored" and not old:
        return " · ".join(["restored", *_first_values(new)])
    restored = ["restored"] if change_type == "Restored" else []
    parts = restored + _parts_of(old, new)
    return " · ".join(parts) or "written anew, nothing differs"


def _parts_of(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Each change of a field in a few words; past the first three, how many more."""
    parts = [_facts(old, new)] if _has_facts(old, new) else []
    told = {"extractedFacts", "factCount"} | _SAID_BY_TIME
    names = [name for name in {**new, **old} if name not in told]
    names.sort(key=lambda name: list(_LABELS).index(name) if name in _LABELS else len(_LABELS))
    parts += [_one(name, old.get(name), new.get(name)) for name in names[:FIELDS_NAMED]]
    if len(names) > FIELDS_NAMED:
        parts.append(plural(len(names) - FIELDS_NAMED, "more field"))
    return parts


def _first_values(new: dict[str, Any]) -> list[str]:
    named = [new[name] for name in ("status", "agentType", "query", "content") if new.get(name)]
    return [shorten(str(value), 80) for value in named[:2]]


def _has_facts(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return any(name in values for name in ("extractedFacts", "factCount") for values in (old, new))


def _facts(old: dict[str, Any], new: dict[str, Any]) -> str:
    before, after = old.get("factCount"), new.get("factCount")
    if isinstance(before, int) and isinstance(after, int) and before != after:
        verb = "added" if after > before else "removed"
        return f"{plural(abs(after - before), 'fact')} {verb}"
    return f"{plural(len(new.get('extractedFacts') or []), 'fact')} updated"


def _one(name: str, before: Any, after: Any) -> str:
    label = _LABELS.get(name, f"{name} ")
    if isinstance(before, dict) and isinstance(after, dict):
        return _members(name, before, after)
    if isinstance(before, dict | list) or isinstance(after, dict | list):
        return f"{name} changed"
    if name not in _LABELS and before is None:
        return f"{label}{brief(after, 40)}"
    return f"{label}{brief(before, 40)} → {brief(after, 40)}"


def _members(name: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    """``latencyMs 237 → 250.7``: what changed inside an object, when it is little."""
    missing = object()
    changed = [
        key for key in {**before, **after} if before.get(key, missing) != after.get(key, missing)
    ]
    if not 1 <= len(changed) <= FIELDS_NAMED:
        return f"{name} changed"
    told = (
        f"{key} {brief(before[key], 30) if key in before else 'none'}"
        f" → {brief(after[key], 30) if key in after else 'none'}"
        for key in changed
    )
    return " · ".join(told)


def _tone(change_type: str, new: dict[str, Any]) -> str:
    status = new.get("status")
    if isinstance(status, str):
        return status.lower()
    if "isVerified" in new:
        return "verified" if new["isVerified"] else "unverified"
    return {"Deleted": "deleted", "Created": "created"}.get(change_type, "changed")
