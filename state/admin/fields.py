"""Form fields that tell an edit from what a browser does to a text it only shows."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from state.domain import jsontext
from state.domain.errors import LightningError
from state.domain.times import normalise_time


def _lines(text: str) -> str:
    """The text with the line ends it had before a browser sent it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class LongText(forms.CharField):
    """Text of many lines; browsers send their line ends as CR LF."""

    def __init__(self, *, rows: int = 4, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows})
        super().__init__(strip=False, widget=widget, **options)

    def to_python(self, value: Any) -> str:
        return _lines(super().to_python(value) or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return _lines(self.prepare_value(initial) or "") != _lines(data or "")


class ShortText(forms.CharField):
    """Text of one line; browsers drop line ends from what they show."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"})
        super().__init__(strip=False, widget=widget, **options)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return _lines(initial or "").replace("\n", "") != _lines(data or "").replace("\n", "")


class JsonText(LongText):
    """A JSON value as text, read as strictly as the API reads a body (contract §1)."""

    def __init__(self, *, empty: str, **options: Any) -> None:
        super().__init__(required=False, **options)
        self._empty = empty
        self.widget.attrs |= {"class": "json", "spellcheck": "false"}

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value  # what somebody typed, shown again beside its error
        return json.dumps(value, indent=2, ensure_ascii=False)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return jsontext.parse((text.strip() or self._empty).encode())
        except LightningError as refusal:
            # The API says "the body"; here it is one field of it.
            detail = refusal.detail.replace("The body is", "This is").replace("the body", "this")
            raise ValidationError(detail, code=refusal.code) from refusal


class TimeText(forms.CharField):
    """A timestamp as the contract writes it; empty is None."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(
            attrs={
                "class": "vTextField",
                "placeholder": "2026-01-31T12:00:00Z",
                "autocomplete": "off",
            }
        )
        super().__init__(required=False, empty_value=None, widget=widget, **options)

    def clean(self, value: Any) -> str | None:
        text = super().clean(value)
        try:
            return normalise_time(text) if text else None
        except ValueError as error:
            raise ValidationError(f"This is {error}.", code="invalid") from error
