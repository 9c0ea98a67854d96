"""The difference between two versions, field by field."""

from typing import Any

import msgspec
from msgspec import Struct

from dashboard.parts.jsonview import pretty
from state.domain.errors import NotFound
from state.domain.kinds import Kind
from state.service import watching

ABSENT = "–"
FACTS_SHOWN = 20


class FieldDiff(Struct, kw_only=True):
    """One field that differs: what it was and what it became, as text."""

    field: str
    before: str
    after: str


class VersionDiff(Struct, kw_only=True):
    """``problem`` says why there is no difference to show."""

    first: int
    last: int
    fields: list[FieldDiff]
    problem: str = ""


class _Change(Struct, rename="camel", kw_only=True):
    version: int
    old_values: dict[str, Any] | None = None
    new_values: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(_Change)


def read_diff(kind: Kind, state_id: str, first: int, last: int) -> VersionDiff:
    """What differs between two versions of a state."""
    try:
        old, new = watching.diff(kind, state_id, first, last)
    except NotFound as error:
        problem = error.detail or "One of the versions is not in the history."
        return VersionDiff(first=first, last=last, fields=[], problem=problem)
    return VersionDiff(first=first, last=last, fields=_fields(old, new))


def diff_of_change(change: bytes) -> VersionDiff:
    """What one change of the log did: the versions before and after it are not read for that."""
    event = _decoder.decode(change)
    old, new = event.old_values or {}, event.new_values or {}
    return VersionDiff(
        first=max(1, event.version - 1), last=event.version, fields=_fields(old, new)
    )


def _fields(old: dict[str, Any], new: dict[str, Any]) -> list[FieldDiff]:
    names = dict.fromkeys([*old, *new])
    return [
        FieldDiff(field=name, before=_text(old, name), after=_text(new, name)) for name in names
    ]


def _text(values: dict[str, Any], name: str) -> str:
    if name not in values:
        return ABSENT
    value = values[name]
    if isinstance(value, str):
        return value
    if name == "extractedFacts" and isinstance(value, list) and len(value) > FACTS_SHOWN:
        more = len(value) - FACTS_SHOWN
        return f"{pretty(value[:FACTS_SHOWN])}\nand {more:,} more"
    return pretty(value)
