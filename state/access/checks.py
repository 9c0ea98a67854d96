"""Refuses settings that would let a stranger in (Django's system checks)."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def anonymous_role_has_names(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """A server that needs no key must know its names: any page can have one that leads here."""
    if settings.LIGHTNING_ANONYMOUS_ROLE and "*" in settings.LIGHTNING_ALLOWED_HOSTS:
        return [
            Error(
                "ALLOWED_HOSTS is * while LIGHTNING_ANONYMOUS_ROLE is "
                f"{settings.LIGHTNING_ANONYMOUS_ROLE}: a page of any site could act in that role.",
                hint="Name the hosts, or leave ALLOWED_HOSTS out: then addresses and names "
                "without a dot are answered, which no foreign page can have (DNS rebinding).",
                id="lightning.E001",
            )
        ]
    return []
