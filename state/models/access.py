"""API keys."""

from django.db import models
from rest_framework_api_key.models import AbstractAPIKey

from state.models.fields import ByteOrderedField


class ApiKey(AbstractAPIKey):
    """A key of an agent or a tool; bound to one agent's state when ``agent_id`` is set."""

    class Role(models.TextChoices):
        VIEWER = "viewer"
        AGENT = "agent"
        OPERATOR = "operator"
        ADMIN = "admin"

    role = models.CharField(max_length=10, choices=Role.choices, default=Role.AGENT)
    agent_id = ByteOrderedField(max_length=200, default="", blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.CharField(max_length=150, default="", db_default="", editable=False)
    revoked_reason = models.CharField(max_length=500, default="", db_default="", editable=False)

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "API key"
