"""What the admin's pages of a state share: the row they show, and where they lead."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from state.domain.kinds import Kind, is_id
from state.models import StateRow


class StatePages(admin.ModelAdmin):  # type: ignore[type-arg]
    """A ModelAdmin of one kind of state."""

    @property
    def kind(self) -> Kind:
        kind: Kind = self.model.kind
        return kind

    def live_row(self, state_id: str) -> StateRow | None:
        """The state's row at one moment, document and all."""
        if not is_id(state_id):
            return None  # what is no id may not even be a text for the database
        row = self.model._default_manager.filter(pk=state_id, live=True).first()
        assert row is None or isinstance(row, StateRow)
        return row

    def url_of(self, page: str, *arguments: str, **query: str) -> str:
        """Where a page of this kind is: ``changelist``, ``change``, ``delete``."""
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=arguments, query=query)

    def state_url(self, state_id: str) -> str:
        """Where the state's change form is."""
        return self.url_of("change", quote(state_id))

    def not_there(self, request: HttpRequest, state_id: str) -> HttpResponse:
        """Back to the list, with the news that the state is not there."""
        text = f"There is no {self.opts.verbose_name} “{state_id}”; it may have been deleted."
        self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(self.url_of("changelist"))

    def note_deletions(self, request: HttpRequest, ids: list[str]) -> None:
        """Notes under the user's recent actions what the service has deleted."""
        removed: Any = [self.model(pk=state_id) for state_id in ids]
        self.log_deletions(request, removed)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The change log: it knows every change, not only those made here."""
        name = f"{self.admin_site.name}:{self.opts.app_label}_changerecord_changelist"
        query = {"kind": self.kind.value, "state_id": unquote(object_id)}
        return HttpResponseRedirect(reverse(name, query=query))
