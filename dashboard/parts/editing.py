"""The fields of a state that people may edit, as texts for a form."""

from functools import cache

import msgspec
from msgspec import Struct
from msgspec.inspect import BoolType, FloatType, IntType, LiteralType, StrType, UnionType, type_info

from dashboard.parts.jsonview import pretty_text
from state.domain.kinds import Kind
from state.domain.kinds.kind import FACTS

LINE_MOST = 200
"""A text that may be longer gets a field of several lines."""
_ROWS_MOST = 14
_FLAGS = ("true", "false")


class EditField(Struct, kw_only=True):
    """``form`` is choice, flag, text, long, time, number or json: how the text becomes JSON again.

    A text is what is typed; a flag, a number and json are JSON as they stand, so that no digit is
    lost; an empty time is none.
    """

    name: str
    form: str
    text: str
    choices: tuple[str, ...] = ()
    rows: int = 1


def present_edit_fields(kind: Kind, document: bytes) -> list[EditField]:
    """Every editable field with its text; facts aside, which have their own call."""
    values = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    null = msgspec.Raw(b"null")
    return [
        _field(name, form, choices, bytes(values.get(name, null)))
        for name, form, choices in _forms(kind)
    ]


@cache
def _forms(kind: Kind) -> list[tuple[str, str, tuple[str, ...]]]:
    """Name, form and choices of each field, by the kind's shape; what is chosen comes first."""
    forms = [
        (name, *_form(one.type, is_time=name in kind.spec.times))
        for name, one in kind.spec.fields.items()
        if name != FACTS
    ]
    return sorted(forms, key=lambda each: not each[2])


def _form(shape: object, *, is_time: bool) -> tuple[str, tuple[str, ...]]:
    info = type_info(shape)
    match info:
        case LiteralType():
            return "choice", tuple(str(value) for value in info.values)
        case BoolType():
            return "flag", _FLAGS
        case _ if is_time:
            return "time", ()
        case IntType() | FloatType():
            return "number", ()
        case StrType():
            is_line = info.max_length is not None and info.max_length <= LINE_MOST
            return "text" if is_line or info.pattern else "long", ()
        case UnionType():
            return "text", ()
        case _:
            return "json", ()


def _field(name: str, form: str, choices: tuple[str, ...], raw: bytes) -> EditField:
    if form in ("flag", "number", "json"):
        text = pretty_text(raw)
        rows = min(text.count("\n") + 1, _ROWS_MOST)
    else:
        text = msgspec.json.decode(raw, type=str | None) or ""
        rows = min(len(text) // 70 + 1, _ROWS_MOST) if form == "long" else 1
    return EditField(name=name, form=form, text=text, choices=choices, rows=rows)
