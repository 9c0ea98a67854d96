"""The fields of a state that people may edit, as texts for a form."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from dashboard.parts.jsonview import pretty_text
from state.domain.kinds import Kind


class EditField(Struct, kw_only=True):
    """``form`` is text, long, choice, number or json: how the text becomes JSON again.

    A text is what is typed; a number and json are JSON as they stand, so that no digit is lost.
    """

    name: str
    form: str
    text: str
    choices: tuple[str, ...] = ()
    rows: int = 1


_FORMS: Mapping[Kind, Mapping[str, str]] = {
    Kind.AGENT: {
        "status": "choice",
        "agentType": "text",
        "activeTaskIds": "json",
        "performanceMetrics": "json",
        "properties": "json",
    },
    Kind.RESEARCH: {
        "status": "choice",
        "query": "long",
        "iterationCount": "number",
        "currentQualityScore": "number",
        "sources": "json",
        "startedAt": "time",
        "completedAt": "time",
        "metadata": "json",
    },
    Kind.VERIFICATION: {
        "isVerified": "choice",
        "confidenceScore": "number",
        "content": "long",
        "issues": "json",
        "sourceId": "text",
        "verifiedBy": "text",
        "verifiedAt": "time",
    },
}
_ROWS_MOST = 14


def present_edit_fields(kind: Kind, document: bytes) -> list[EditField]:
    """Every editable field with its text; facts aside, which have their own call."""
    values = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    return [_field(kind, name, form, values) for name, form in _FORMS[kind].items()]


def _field(kind: Kind, name: str, form: str, values: dict[str, msgspec.Raw]) -> EditField:
    raw = bytes(values.get(name, msgspec.Raw(b"null")))
    if form == "choice":
        choices = ("true", "false") if name == "isVerified" else kind.statuses
        text = raw.decode() if name == "isVerified" else msgspec.json.decode(raw, type=str)
        return EditField(name=name, form=form, text=text, choices=choices)
    if form in ("text", "long", "time"):
        text = msgspec.json.decode(raw, type=str | None) or ""
        rows = 4 if form == "long" else 1
        return EditField(name=name, form=form, text=text, rows=rows)
    text = pretty_text(raw)
    rows = min(text.count("\n") + 1, _ROWS_MOST)
    return EditField(name=name, form=form, text=text, rows=rows)
