"""Why a field is as it is: the change of the log that set it."""

import msgspec
from msgspec import Struct

from dashboard.parts.changes import Change, present_event
from dashboard.parts.diff import FieldDiff
from dashboard.parts.jsonview import pretty
from state.domain.kinds import Kind
from state.service import watching

PAGE = 200
MOST_CHANGES = 5_000
"""How far back one question looks."""

SET_BY_EVERY_CHANGE = {"version", "lastUpdated"}


class Cause(Struct, kw_only=True):
    """``change`` is None when the history that is kept does not reach back to it."""

    field: str
    change: Change | None = None
    diff: FieldDiff | None = None


class _Values(Struct, rename="camel", kw_only=True):
    old_values: dict[str, msgspec.Raw] | None = None
    new_values: dict[str, msgspec.Raw] | None = None


_decoder = msgspec.json.Decoder(_Values)


def read_cause(kind: Kind, state_id: str, field: str, most: int = MOST_CHANGES) -> Cause:
    """The newest change that named the field. Raises NotFound for an unknown state."""
    before: int | None = None
    looked_at = 0
    while looked_at < most:
        page = watching.history(kind, state_id, limit=PAGE, before=before)
        for document in page.items:
            values = _decoder.decode(document)
            old, new = values.old_values or {}, values.new_values or {}
            if field in new or field in old or field in SET_BY_EVERY_CHANGE:
                return Cause(
                    field=field,
                    change=present_event(document),
                    diff=FieldDiff(field=field, before=_text(old, field), after=_text(new, field)),
                )
        looked_at += len(page.items)
        if page.next is None:
            break
        before = page.next
    return Cause(field=field)


def _text(values: dict[str, msgspec.Raw], name: str) -> str:
    if name not in values:
        return "–"
    value = msgspec.json.decode(values[name])
    return value if isinstance(value, str) else pretty(value)
