"""A change of the log as a row: who, what, when, why, and every field it changed."""

from urllib.parse import urlencode

from django.urls import reverse
from msgspec import Struct

from dashboard.parts.cells import Cell, shorten
from dashboard.parts.changes import present_event
from dashboard.parts.diff import FieldDiff, diff_of_change
from dashboard.parts.numbers import plural
from dashboard.parts.rows.row import state_url
from state.changelog.events import ChangeEvent
from state.domain.kinds import Kind

LONGEST_VALUE = 800
"""Characters of a value that a row shows; the page of the state compares whole versions."""


class ActivityRow(Struct, kw_only=True):
    cursor: str
    kind: str
    state_id: str
    version: int
    url: str
    compare_url: str
    then_url: str
    forced: bool
    fields: list[FieldDiff]
    fields_text: str
    what: str
    cells: dict[str, Cell]


def present_change(event: ChangeEvent) -> ActivityRow:
    url = state_url(Kind(event.kind), event.state_id)
    cells = present_event(event.encoded).cells
    fields = diff_of_change(event.encoded).fields
    versions = urlencode({"from": max(1, event.version - 1), "to": event.version})
    return ActivityRow(
        cursor=event.cursor,
        kind=event.kind,
        state_id=event.state_id,
        version=event.version,
        url=url,
        compare_url=f"{url}?{versions}#versions",
        then_url=f"{reverse('dashboard:overview')}?{urlencode({'at': event.cursor})}",
        forced=event.forced,
        fields=[_cut(field) for field in fields],
        fields_text=plural(len(fields), "field"),
        what=_without_verb(event.change_type, cells["what"].text),
        cells=cells,
    )


def _without_verb(change_type: str, what: str) -> str:
    """What a change did, behind a mark that names its type: ``created · Ready`` is ``Ready``."""
    return what.removeprefix(change_type.lower()).removeprefix(" · ")


def _cut(field: FieldDiff) -> FieldDiff:
    return FieldDiff(field=field.field, before=_short(field.before), after=_short(field.after))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else shorten(text, LONGEST_VALUE)
