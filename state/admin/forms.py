"""The forms that change a state, and those that delete some."""

from typing import Any, ClassVar

from django import forms

from state.admin.contents import content_fields
from state.admin.fields import ShortText
from state.domain import jsontext
from state.domain.commands import Command, Delete, Document, Precondition, Put
from state.domain.errors import TooLarge
from state.domain.ids import checked_id
from state.domain.kinds import ID_RULE, Kind, is_id
from state.domain.shapes import STATE_LIMIT_BYTES, content_of
from state.models import StateRow

REASON_LIMIT = 500
STALE_FORM = "The form came without the version it was made for. Reload it."


def _reason() -> ShortText:
    return ShortText(
        required=False, max_length=REASON_LIMIT, help_text="Kept in the history beside your name."
    )


class ChangeForm(forms.Form):
    """What every change of a state carries: the version it was made for, and why."""

    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    reason = _reason()
    lock_token = ShortText(
        required=False,
        max_length=200,
        help_text="Only while somebody holds the state's lock: the holder's token.",
    )

    use_required_attribute = False

    def clean_version(self) -> int:
        version = self.cleaned_data["version"]
        if version is None:
            self.add_error(None, STALE_FORM)
            return 0
        return int(version)

    def _command(self, kind: Kind, state_id: str, action: Put | Delete, actor: str) -> Command:
        entered = self.cleaned_data
        creates = "version" not in self.fields
        return Command(
            kind=kind,
            state_id=state_id,
            action=action,
            precondition=Precondition(create_only=True)
            if creates
            else Precondition(versions=(entered["version"],)),
            lock_token=entered["lock_token"] or None,
            actor=actor,
            reason=entered["reason"],
            force=entered.get("force", False),
        )


class DeleteForm(ChangeForm):
    """Confirms that a state shall go, at the version that was shown."""

    def command(self, kind: Kind, state_id: str, actor: str) -> Command:
        return self._command(kind, checked_id(state_id), Delete(), actor)


class BulkDeleteForm(forms.Form):
    """Confirms that many states shall go, each named as ``<version>:<id>`` in ``shown``."""

    reason = _reason()

    def clean(self) -> None:
        shown = self.data.getlist("shown")  # type: ignore[attr-defined]
        self.cleaned_data["shown"] = [_shown_version(text) for text in shown]

    def commands(self, kind: Kind, actor: str) -> list[Command]:
        return [
            Command(
                kind,
                state_id,
                Delete(),
                Precondition(versions=(version,)),
                actor=actor,
                reason=self.cleaned_data["reason"],
            )
            for version, state_id in self.cleaned_data["shown"]
        ]


def _shown_version(text: str) -> tuple[int, str]:
    version, _, state_id = text.partition(":")
    if not (version.isascii() and version.isdigit() and len(version) <= 18 and is_id(state_id)):
        raise forms.ValidationError(STALE_FORM)
    return int(version), state_id


class StateForm(ChangeForm):
    """The content of one state.

    ``row`` is the state as it is stored, None when there is none; ``state_id`` is None while one
    is being added.
    """

    kind: ClassVar[Kind]
    content_fields: ClassVar[tuple[str, ...]]

    id = ShortText(label="Id", help_text=ID_RULE)
    force = forms.BooleanField(
        required=False,
        label="Force the transition",
        help_text="Allows a change of status that the rules do not; the history says so.",
    )

    def __init__(
        self, data: Any = None, *, state_id: str | None, row: StateRow | None, initial: Any = None
    ) -> None:
        self._state_id = state_id
        self._stored: Document = row.content if row else {}
        shown = {**self._stored, "version": row.version} if row else initial
        super().__init__(data, initial=shown)
        del self.fields["id" if state_id is not None else "version"]
        if state_id is None or "status" not in self.fields:
            del self.fields["force"]
        for name in self.kind.spec.required:
            # The contract lets a required text be empty; who adds one here has forgotten it.
            self.fields[name].required = self._stored.get(name) != ""

    def command(self, actor: str) -> Command:
        """The write this valid form asks for; raises Invalid, Malformed or TooLarge."""
        state_id = checked_id(self._state_id or self.cleaned_data["id"])
        return self._command(self.kind, state_id, Put(self._content(state_id)), actor)

    def _content(self, state_id: str) -> Document:
        given = {}
        for name in self.content_fields:
            if name in self._stored and name not in self.changed_data:
                given[name] = self._stored[name]  # as it is, not as a browser sent it back
            else:
                given[name] = self.cleaned_data[name]
            if given[name] is None and name in self.kind.spec.times_of_writing:
                del given[name]
        encoded = jsontext.encode(given)
        if len(encoded) > STATE_LIMIT_BYTES:
            raise TooLarge("The state is larger than 1 MiB.")
        return content_of(self.kind, state_id, jsontext.parse(encoded))


def state_form(kind: Kind) -> type[StateForm]:
    """The form of a kind, with a field for every field of its states."""
    fields = content_fields(kind)
    members = {"kind": kind, "content_fields": tuple(fields), **fields}
    return type(f"{kind.value.capitalize()}Form", (StateForm,), members)
