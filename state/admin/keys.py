"""The admin's pages of API keys."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from state.admin.access import ForAdmins
from state.domain.key_rules import LONGEST_LIFE, name_problem
from state.domain.kinds import ID_RULE, is_id
from state.models import ApiKey
from state.service import keys

_ENTERED = ("name", "role", "agent_id", "expiry_date")


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A key's name, role, binding and end."""

    class Meta:
        help_texts = {
            "name": "Who uses it: the actor in the history.",
            "agent_id": "Binds the key to one agent's state; empty: any agent's.",
        }

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        problem = name_problem(name)
        if problem:
            raise forms.ValidationError(f"The actor in the history {problem}.")
        return name

    def clean_expiry_date(self) -> datetime | None:
        ends_at: datetime | None = self.cleaned_data["expiry_date"]
        if ends_at and ends_at - datetime.now(UTC) > LONGEST_LIFE:
            raise forms.ValidationError(f"Must be within {LONGEST_LIFE.days} days, or empty.")
        return ends_at

    def clean_agent_id(self) -> str:
        agent_id: str = self.cleaned_data["agent_id"]
        if agent_id and not is_id(agent_id):
            raise forms.ValidationError(f"Must be {ID_RULE}.")
        return agent_id


@admin.register(ApiKey)
class ApiKeyAdmin(ForAdmins, admin.ModelAdmin):  # type: ignore[type-arg]
    """Keys are made and revoked here; the key itself is shown once, after it was made."""

    form = ApiKeyForm
    list_display = (
        "name",
        "prefix",
        "role",
        "agent_id",
        "expiry_date",
        "expired",
        "last_used_at",
        "revoked",
    )
    list_filter = ("role", "revoked")
    search_fields = ("name", "prefix__exact", "agent_id__exact")
    ordering = ("-created",)

    @admin.display(description="expired", boolean=True)
    def expired(self, key: ApiKey) -> bool:
        return bool(key.has_expired)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is not None and obj.revoked:
            return (*_ENTERED, "revoked", "prefix")
        return ("prefix",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return _ENTERED if obj is None else (*_ENTERED, "revoked", "prefix")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        who = request.user.get_username()
        if not change:
            obj.made_key = ApiKey.objects.assign_key(obj)
            obj.save()
        elif entered := set(form.changed_data) & set(_ENTERED):
            # Only what was entered: a form that was open for long must not take back a revocation.
            obj.save(update_fields=entered)
        if change and "revoked" in form.changed_data:
            keys.revoke_key(obj.prefix, who, "")

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """The key stands in this answer and nowhere else: a message would travel in a cookie."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"API key of {obj.name}",
            "opts": self.opts,
            "made": obj,
            "key": obj.made_key,
        }
        answer = TemplateResponse(request, "admin/state/key_made.html", context)
        add_never_cache_headers(answer)
        return answer
