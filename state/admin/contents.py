"""The form field of each field of a state, made from the kind's shape (contract §1)."""

from collections.abc import Mapping
from typing import Any

import msgspec.inspect as inspect
from django import forms
from msgspec.structs import FieldInfo

from state.admin.fields import JsonText, LongText, ShortText, TimeText
from state.domain import jsontext
from state.domain.kinds import FACTS, Kind

_KEPT_TIME = "With its time zone. Empty: the stored time stays, a new state gets the server's."

_WORDS: Mapping[str, tuple[str, str]] = {
    "agentType": ("Agent type", ""),
    "activeTaskIds": ("Active task ids", 'JSON list: ["task-1"]'),
    "performanceMetrics": ("Performance metrics", 'JSON object of numbers: {"accuracy": 0.9}'),
    "sources": ("Sources", 'JSON list: ["https://…"]'),
    "currentQualityScore": ("Quality score", "0 to 1"),
    "iterationCount": ("Iterations", "Never goes down."),
    "startedAt": ("Started", _KEPT_TIME),
    "completedAt": (
        "Completed",
        "Empty: not completed. Filled by the server when the status becomes final.",
    ),
    "sourceId": ("Source id", "The task, research or fact it is about."),
    "confidenceScore": ("Confidence", "0 to 1"),
    "isVerified": ("Verified", ""),
    "issues": ("Issues", 'JSON list: ["what is wrong"]'),
    "verifiedAt": ("Verified at", _KEPT_TIME),
    "verifiedBy": ("Verified by", ""),
}
"""Label and help of the fields whose name says too little."""

_OF_MANY_LINES = {"query", "content"}


def content_fields(kind: Kind) -> dict[str, forms.Field]:
    """A form field for every field of the kind, in their order; facts are not edited here."""
    return {
        name: _form_field(kind, name, field)
        for name, field in kind.spec.fields.items()
        if name != FACTS
    }


def _form_field(kind: Kind, name: str, field: FieldInfo) -> forms.Field:
    label, help_text = _WORDS.get(name, (name.capitalize(), ""))
    words: dict[str, Any] = {"label": label, "help_text": help_text}
    if name in kind.spec.times:
        return TimeText(**words)
    default = kind.spec.defaults.get(name)
    shape = inspect.type_info(field.type)
    if isinstance(shape, inspect.Metadata):
        shape = shape.type
    match shape:
        case inspect.LiteralType():
            return forms.ChoiceField(choices=[(one, one) for one in kind.statuses], **words)
        case inspect.DictType():
            words["help_text"] = help_text or "JSON object"
            return JsonText(empty="{}", initial=default, rows=8, **words)
        case inspect.ListType():
            return JsonText(empty="[]", initial=default, **words)
        case inspect.BoolType():
            return forms.BooleanField(required=False, **words)
        case inspect.FloatType(ge=low, le=high):
            widget = _number(step="any", min=low, max=high)
            return forms.FloatField(
                min_value=low, max_value=high, initial=default, widget=widget, **words
            )
        case inspect.IntType(ge=low):
            return forms.IntegerField(
                min_value=low,
                max_value=jsontext.INTEGER_MAX,
                initial=default,
                widget=_number(),
                **words,
            )
        case inspect.StrType(max_length=longest):
            text = LongText if name in _OF_MANY_LINES else ShortText
            return text(required=field.required, max_length=longest, **words)
    raise TypeError(f"{name}: there is no form field for {field.type}")


def _number(**attributes: Any) -> forms.NumberInput:
    return forms.NumberInput(attrs={"class": "number", **attributes})
