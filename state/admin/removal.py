"""The page that deletes a state at the version it shows."""

from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect

from state.admin.forms import DeleteForm
from state.admin.pages import StatePages
from state.admin.refusals import show_refusal
from state.domain.errors import LightningError
from state.models import StateRow
from state.service import writing


class DeletePage(StatePages):
    """Deletes a state through the service, outside of any transaction (see EditPages)."""

    delete_confirmation_template = "admin/state/state_delete.html"

    @method_decorator(csrf_protect)
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """GET asks; POST deletes, or asks again with what was refused."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        state_id = unquote(object_id)
        row = self.live_row(state_id)
        if request.method == "POST":
            form = DeleteForm(request.POST)
            if form.is_valid() and self._delete(request, form, state_id):
                self.note_deletions(request, [state_id])
                return self.response_delete(request, state_id, state_id)  # type: ignore[arg-type]
        elif row is None:
            return self.not_there(request, state_id)
        else:
            form = DeleteForm(initial={"version": row.version})
        return self._confirmation_page(request, form, state_id, row)

    def _delete(self, request: HttpRequest, form: DeleteForm, state_id: str) -> bool:
        """Whether it was deleted; when it was refused, the form says why."""
        try:
            writing.write(form.command(self.kind, state_id, request.user.get_username()))
        except LightningError as refusal:
            show_refusal(form, refusal, self.url_of("delete", quote(state_id)))
            return False
        return True

    def _confirmation_page(
        self, request: HttpRequest, form: DeleteForm, state_id: str, row: StateRow | None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"Delete {self.opts.verbose_name}",
            "subtitle": state_id,
            "object": self.model(pk=state_id),
            "original": row,
            "form": form,
            "opts": self.opts,
            "app_label": self.opts.app_label,
            "preserved_filters": self.get_preserved_filters(request),
        }
        return self.render_delete_form(request, context)
