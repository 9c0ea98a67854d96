"""The pages that add and change a state: a form, handed to the service."""

from contextlib import suppress
from typing import Any

from django.contrib.admin import helpers
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect

from state.admin.forms import StateForm
from state.admin.pages import StatePages
from state.admin.refusals import show_refusal
from state.domain.commands import Written
from state.domain.errors import LightningError, NotFound
from state.domain.jsontext import decode
from state.models import StateRow
from state.service import locking, reading, writing

SHOWN_FACTS = 50


class EditPages(StatePages):
    """Adds and changes states through the service.

    Django's own page runs inside a transaction: a write in it could not be acknowledged as
    durable, and on SQLite its connection would wait for itself.
    """

    state_form: type[StateForm]
    change_form_template = "admin/state/state_form.html"

    @method_decorator(csrf_protect)
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """GET shows the form; POST writes it, or shows it again with what was refused."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        state_id = None if object_id is None else unquote(object_id)
        row = None if state_id is None else self.live_row(state_id)
        if request.method == "POST":
            form = self.state_form(request.POST, state_id=state_id, row=row)
            written = self._write(request, form, state_id) if form.is_valid() else None
            if written is not None:
                return self._saved(request, form, written)
        elif state_id is not None and row is None:
            return self.not_there(request, state_id)
        else:
            initial = self.get_changeform_initial_data(request)
            form = self.state_form(state_id=state_id, row=row, initial=initial)
        return self._form_page(request, form, state_id, row)

    def _write(self, request: HttpRequest, form: StateForm, state_id: str | None) -> Written | None:
        """What was stored; None when it was refused, and the form says why."""
        try:
            return writing.write(form.command(request.user.get_username()))
        except LightningError as refusal:
            show_refusal(form, refusal, self.state_url(state_id or form.cleaned_data["id"]))
            return None

    def _saved(self, request: HttpRequest, form: StateForm, written: Written) -> HttpResponse:
        saved = self.model(pk=written.state_id)
        note = f"Version {written.version}. {form.cleaned_data['reason']}".strip()
        if written.created:
            self.log_addition(request, saved, note)
            return self.response_add(request, saved)
        self.log_change(request, saved, note)
        return self.response_change(request, saved)

    def _form_page(
        self, request: HttpRequest, form: StateForm, state_id: str | None, row: StateRow | None
    ) -> HttpResponse:
        adding = state_id is None
        about_change = [name for name in ("reason", "force", "lock_token") if name in form.fields]
        fieldsets: list[Any] = [
            (None, {"fields": (["id"] if adding else []) + list(form.content_fields)}),
            ("This change", {"fields": about_change}),
        ]
        admin_form = helpers.AdminForm(form, fieldsets, {}, (), model_admin=self)  # type: ignore[arg-type]
        context = {
            **self.admin_site.each_context(request),
            "title": f"{'Add' if adding else 'Change'} {self.opts.verbose_name}",
            "subtitle": state_id,
            "adminform": admin_form,
            "object_id": state_id,
            "original": row,
            "is_popup": False,
            "to_field": None,
            "media": self.media + admin_form.media,
            "inline_admin_formsets": [],
            "errors": helpers.AdminErrorList(form, []),  # type: ignore[arg-type]
            "preserved_filters": self.get_preserved_filters(request),
            "kind": self.kind.value,
            "show_save_and_add_another": adding,
            **({} if row is None else self._beside(row)),
        }
        return self.render_change_form(request, context, add=adding, change=not adding, obj=row)

    def _beside(self, row: StateRow) -> dict[str, Any]:
        """What the page shows of a state beside its form."""
        held = locking.list_locks(self.kind, row.id, after=0, limit=1)
        facts: list[bytes] = []
        if self.kind.has_facts:
            with suppress(NotFound):  # deleted since its row was read: saving will say so
                facts = reading.list_facts(row.id, SHOWN_FACTS).items
        return {"lease": held[0] if held else None, "facts": [decode(fact) for fact in facts]}
