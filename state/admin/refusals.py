"""Shows a refusal of the service in the form that asked for it."""

import re

from django import forms
from django.utils.html import format_html

from state.domain.errors import (
    IllegalTransition,
    LightningError,
    Locked,
    LockLost,
    VersionConflict,
)

_TOP_FIELD = re.compile(r"[A-Za-z]+")


def show_refusal(form: forms.Form, refusal: LightningError, reload_url: str) -> None:
    """Adds a refusal to the form's errors, each at the field it names."""
    match refusal:
        case VersionConflict():
            form.add_error(None, _conflict(form, refusal, reload_url))
        case IllegalTransition():
            form.add_error(
                "status", f"{refusal.detail} Tick “Force the transition” to do it nevertheless."
            )
        case Locked() | LockLost():
            form.add_error("lock_token", f"{refusal.title}. Nothing was saved.")
        case _:
            _show_errors(form, refusal)


def _conflict(form: forms.Form, refusal: VersionConflict, reload_url: str) -> str:
    if "version" not in form.fields:
        return format_html(
            'Not saved: there is a state with this id already, at version {}. <a href="{}">Open'
            " it</a>",
            refusal.current_version,
            reload_url,
        )
    return format_html(
        "Not saved: this form was made for version {}, and the state was changed since. {}"
        ' <a href="{}">Load it as it is now</a>; what you entered here is lost then.',
        form.cleaned_data["version"],
        refusal.detail,
        reload_url,
    )


def _show_errors(form: forms.Form, refusal: LightningError) -> None:
    errors = refusal.data.get("errors")
    if not errors:
        form.add_error(None, f"Not saved. {refusal.title}: {refusal.detail}")
        return
    for problem in errors:
        named = _TOP_FIELD.match(problem["field"])
        name = named[0] if named else ""
        if name in form.fields:
            inner = problem["field"][len(name) :].lstrip(".")
            form.add_error(name, f"{inner}: {problem['message']}" if inner else problem["message"])
        else:
            form.add_error(None, f"{problem['field']}: {problem['message']}".lstrip(": "))
