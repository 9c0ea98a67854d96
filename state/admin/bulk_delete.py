"""The list's action that deletes the chosen states, each at the version that was shown."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from state.admin.forms import BulkDeleteForm
from state.admin.pages import StatePages
from state.domain.commands import Submission
from state.domain.errors import LightningError
from state.service import writing

MOST_STATES = 1000
_NAMED_REFUSALS = 20


@admin.action(description="Delete selected %(verbose_name_plural)s", permissions=["delete"])
def delete_states(
    pages: StatePages, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Asks first; then deletes what is still as it was shown, and names what is not."""
    if "confirmed" not in request.POST:
        return _question(pages, request, queryset, BulkDeleteForm())
    form = BulkDeleteForm(request.POST)
    if not form.is_valid():
        return _question(pages, request, queryset, form)
    commands = form.commands(pages.kind, request.user.get_username())
    try:
        [receipt] = writing.submit([Submission(commands)])
    except LightningError as refusal:
        pages.message_user(request, f"Nothing was deleted. {refusal.detail}", messages.ERROR)
        return None
    deleted: list[str] = []
    refused: list[str] = []
    for command, outcome in zip(commands, receipt.outcomes, strict=True):
        if isinstance(outcome, LightningError):
            refused.append(f"{command.state_id}: {outcome.detail}")
        else:
            deleted.append(command.state_id)
    if deleted:
        pages.note_deletions(request, deleted)
        pages.message_user(request, f"Deleted: {len(deleted)}.", messages.SUCCESS)
    if refused:
        more = "" if len(refused) <= _NAMED_REFUSALS else f" … and {len(refused)} in all."
        text = f"Not deleted: {'; '.join(refused[:_NAMED_REFUSALS])}{more}"
        pages.message_user(request, text, messages.ERROR)
    return None


def _question(
    pages: StatePages, request: HttpRequest, queryset: QuerySet[Any], form: BulkDeleteForm
) -> HttpResponse | None:
    rows = list(queryset[: MOST_STATES + 1])
    if len(rows) > MOST_STATES:
        pages.message_user(
            request, f"At most {MOST_STATES} states can be deleted at once.", messages.ERROR
        )
        return None
    context = {
        **pages.admin_site.each_context(request),
        "title": f"Delete {len(rows)} {pages.opts.verbose_name_plural}",
        "subtitle": None,
        "rows": rows,
        "form": form,
        "opts": pages.opts,
        "media": pages.media,
        "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/state/states_delete.html", context)
